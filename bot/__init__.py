"""Suture reviews pull requests for security defects, fixes them, and proves the fix with a test it ran."""

__version__ = "0.1.0"
