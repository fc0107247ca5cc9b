"""CloudEvents and OpenTelemetry over HTTP, for whom Kafka is too much; writes intake topics."""
