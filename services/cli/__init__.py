"""The `blotter` command line: one file a command, wired in `main`."""
