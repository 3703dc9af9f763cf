"""What the rule for path traversal needs: how a path is put together, the check before its use, the test's folders."""
