"""Intake: decode, bind to the source, validate, scan, deduplicate, stamp, route; exactly once."""
