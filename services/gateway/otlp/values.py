"""OTLP's attribute values as plain Python ones."""

from collections.abc import Callable, Iterable
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Value = Any
"""None, str, bool, int, float, bytes, or a list or dict of them."""

Attributes = dict[str, Value]


def attributes_of(pairs: Iterable[KeyValue]) -> Attributes:
    """Attributes by name. One without a value is as if it were not there."""
    return {pair.key: value for pair in pairs if (value := value_of(pair.value)) is not None}


def value_of(value: AnyValue) -> Value:
    """One value; nested no deeper than protobuf's readers allow."""
    kind = value.WhichOneof("value")
    return _READERS[kind](value) if kind in _READERS else None


_READERS: dict[str | None, Callable[[AnyValue], Value]] = {
    "string_value": lambda value: value.string_value,
    "bool_value": lambda value: value.bool_value,
    "int_value": lambda value: value.int_value,
    "double_value": lambda value: value.double_value,
    "bytes_value": lambda value: value.bytes_value,
    "array_value": lambda value: [value_of(member) for member in value.array_value.values],
    "kvlist_value": lambda value: {
        pair.key: value_of(pair.value) for pair in value.kvlist_value.values
    },
}
