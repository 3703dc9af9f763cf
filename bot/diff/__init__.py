"""Step 1: patch text to hunks with commentable lines; which files are reviewed, and why others are not."""
