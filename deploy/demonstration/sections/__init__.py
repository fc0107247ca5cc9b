"""The stories, by section of the order."""
