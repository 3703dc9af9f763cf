"""Reads Python source: names, data flow from untrusted input to calls, strings put together from parts."""
