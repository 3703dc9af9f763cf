"""One file a check: `GROUP`, `PLACE` in it, and `look(site)`; adding the file is all."""
