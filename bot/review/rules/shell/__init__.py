"""What the rule for command injection needs: a command line taken apart into words, and its test."""
