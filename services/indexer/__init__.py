"""Carries the log, the findings and what surrounds them from Kafka into Elasticsearch."""
