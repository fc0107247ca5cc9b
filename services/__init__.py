"""The processes of Blotter, one folder each, and the libraries they share."""
