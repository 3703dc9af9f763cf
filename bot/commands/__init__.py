"""One file a command; bot/__main__.py finds them by name."""
