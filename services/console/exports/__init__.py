"""Exports: any list as CSV or JSON Lines, and a finding as a page to print."""
