"""Step 2: hunks → findings with testable claims."""
