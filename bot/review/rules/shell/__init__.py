"""What the rule for command injection needs: a command line taken apart, and the argument list it amounts to."""
