"""The two encodings of OTLP over HTTP. An answer has the encoding of its request."""

PROTOBUF = "application/x-protobuf"
JSON = "application/json"


def media_type(content_type: str) -> str:
    """A Content-Type without its parameters."""
    return content_type.split(";", 1)[0].strip().lower()
