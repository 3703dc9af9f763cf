"""Refuses to test anything but the checkout."""

import importlib
import os


def pytest_sessionstart(session):
    place = os.path.realpath(importlib.import_module("shop").__file__)
    assert place.startswith(os.path.realpath(os.environ["CASE_SRC"]) + os.sep), place
