"""Tells supervisors of findings, by e-mail and webhook, without protected data."""
