"""The checker: reads `ai.dossiers`, folds each partition, publishes findings and metrics."""
