"""What each gate asks, in a sentence for whoever reads a proof on a pull request."""

from __future__ import annotations

MEANINGS = {
    "G0": "Nothing in the test's text makes its runs worthless.",
    "G1": "The test stands where the project keeps tests; the fix touches source only.",
    "G2": "The same new tests are collected on the head and with the fix.",
    "G3": "A new test fails on the head.",
    "G4": "It fails for the right reason, in the code that the finding names.",
    "G5": "Every new test passes with the fix.",
    "G6": "A benign case beside it passes on the head and with the fix.",
    "G7": "That case runs through the same functions, so it is the input that makes the difference.",
    "G8": "Every part of the fix is needed.",
    "G9": "It comes out the same in other orders, with other hash seeds, dates and time zones.",
    "G10": "No existing test that passed on the head fails with the fix.",
    "G11": "The test used no network and wrote nothing outside its own folder.",
    "G12": "It comes out the same when the code cannot tell that it is being tested.",
    "G13": "A second test, by a model that has not seen the fix, passes with it.",
    "G14": "The test looks like one of the project's own.",
}
