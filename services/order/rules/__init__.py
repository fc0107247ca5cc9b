"""One file a rule: `<clause>_<slug>.py` with its RULE and EXAMPLES. To add one, add a file."""
