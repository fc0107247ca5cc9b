"""The recheck: judges the whole log again every night, and counts what differs."""
