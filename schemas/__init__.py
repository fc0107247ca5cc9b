"""The contract: every event, verdict, finding and record that Blotter's parts exchange."""
