"""What `languages/python.py` is made of, in a folder, so that to all others a language stays one file."""
