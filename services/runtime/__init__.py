"""What the processes share: settings, logging, health and metrics, names of topics and indices."""
