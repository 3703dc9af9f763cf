"""The only code of ours that a sandbox sees: it runs beside hostile tests, on the repository's own Python.

Standard library and pytest only, nothing of `bot`, and a syntax that Python 3.8 reads. The sandbox starts
`run.py` as a script, so the files here find each other by bare names.
"""
