"""Kafka, Elasticsearch and the services of Blotter as plain processes, on a machine without Docker.

Standard library only, so that it runs before anything is installed.
"""
