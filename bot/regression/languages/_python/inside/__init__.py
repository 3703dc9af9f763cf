"""The only code of ours that a sandbox sees: it runs beside hostile tests, on the repository's own Python.

Standard library and pytest only, nothing of `bot`, and a syntax that Python 3.8 reads. The sandbox starts
`guard.py` as a script, which starts `run.py`, so the files here find each other by bare names.

What keeps results honest. The guard loads nothing of the repository; the kernel lets no other process read
its memory or variables. Only it writes the result file, at the end, after it has ended all other processes.
It gets the outcomes as lines from the recorder beside the tests, each sealed with a key and with all lines
before it. A test that ends the process, a line that is not the recorder's, a test without an outcome, a pass
of something that raised or never ran, and an exit code that does not fit: each is an error, or makes the
whole run lost.

What remains forgeable. The recorder lives in the process of the tests. Code that searches this process for
it (by `gc`, frames or `ctypes`) can have it seal lines of its own, or can change pytest itself before a test
is called, so that something else than the test's text runs. And code may behave as it should only when it is
tested. So outcomes are what was observed, not what no author could have arranged: gates read the test's
text, know which ids there have to be, and run it again with the runner hidden. Where Python has no `ctypes`,
or the kernel ignores it, the guard's memory is open too.
"""
