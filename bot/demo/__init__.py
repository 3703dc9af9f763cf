"""The demo: a whole GitHub on this machine, a pull request with real defects, and Suture at work on it."""
