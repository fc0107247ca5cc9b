"""Pages for supervisors, auditors and vendors' engineers; reads Elasticsearch, writes nothing."""
