"""Errors as one line for the person at the terminal, with exit code 2."""

from collections.abc import Iterator
from contextlib import contextmanager

import click


class Failure(click.ClickException):
    """What was asked cannot be done, and why: wrong input or usage, or a server that is away."""

    exit_code = 2


@contextmanager
def servers_named(kafka: str, elasticsearch: str = "") -> Iterator[None]:
    """Turn errors of the two servers into a Failure that names the server and its setting."""
    from elastic_transport import TransportError
    from elasticsearch import ApiError
    from kafka.errors import KafkaError

    try:
        yield
    except KafkaError as error:
        raise Failure(f"Kafka at {kafka} (BLOTTER_KAFKA): {_words(error)}") from None
    except (TransportError, ApiError) as error:
        where = f"Elasticsearch at {elasticsearch} (BLOTTER_ELASTICSEARCH)"
        raise Failure(f"{where}: {_words(error)}") from None


def _words(error: Exception) -> str:
    text = " ".join(str(error).split())
    name = type(error).__name__
    return text if text.startswith(name) else f"{name}: {text}" if text else name
