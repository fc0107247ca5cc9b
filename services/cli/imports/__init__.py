"""Logs that a department already gets, to events: a small mapping file says what a row means."""
