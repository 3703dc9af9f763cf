"""What the rules for paths need: how a path is put together, and the test's folders and archives."""
