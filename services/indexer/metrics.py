"""What the indexer counts."""

from prometheus_client import Counter, Gauge, Histogram

INDEXED = Counter(
    "blotter_indexer_documents_total", "Documents that Elasticsearch now holds", ["index"]
)
RETRIED = Counter("blotter_indexer_retries_total", "Documents sent again", ["why"])
REFUSED = Counter(
    "blotter_indexer_refused_total", "Documents that Elasticsearch refused for good", ["index"]
)
COMMIT_FAILURES = Counter("blotter_indexer_commit_failures_total", "Offset commits that failed")
LAG = Gauge("blotter_indexer_lag_records", "Records not yet taken", ["topic", "partition"])
BATCH_SECONDS = Histogram(
    "blotter_indexer_batch_seconds",
    "From taking a batch to its last document being settled",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
