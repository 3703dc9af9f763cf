"""Step 5: head, patch, regression test → proof."""
