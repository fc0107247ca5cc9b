"""Dashboards: what the log amounts to. Each number leads to the records that it counts."""
