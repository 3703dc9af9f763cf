"""Scripts that run in a sandbox, on any Python from 3.8 on, with the standard library alone."""
