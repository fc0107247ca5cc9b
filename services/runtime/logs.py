"""Structured logs: one JSON object a line on standard error. Never log an event's fields."""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter


def configure(service: str, level: str) -> None:
    """Send all logging of this process to standard error as JSON, marked with its service."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            static_fields={"service": service},
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # Both tell every request and rebalance at INFO, which drowns what matters.
    for noisy in ("aiokafka", "kafka", "elastic_transport", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Warns whenever a transaction follows another within milliseconds; what fails for good raises.
    logging.getLogger("aiokafka.producer.sender").setLevel(logging.ERROR)
