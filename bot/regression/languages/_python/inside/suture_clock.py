"""Another date: `time` and `datetime` say what they would say some seconds later."""

from __future__ import annotations

import datetime as dt
import gc
import time
from typing import Any

READINGS = {"time": 1.0, "time_ns": 1e9}  # of these functions a second is so much
CONVERSIONS = {
    "gmtime": 0,
    "localtime": 0,
    "ctime": 0,
    "asctime": 0,
    "strftime": 1,
}  # place of the optional time


class Later:
    """A replaced function. No plain function: as an attribute of a class it must not become a method."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._call(*arguments, **named)


def shift(seconds: float) -> None:
    """Shift the wall clock of this process; monotonic clocks and the times of files stay as they are."""
    for name, unit in READINGS.items():
        setattr(time, name, Later(_reading(getattr(time, name), type(unit)(seconds * unit))))
    for name, place in CONVERSIONS.items():
        setattr(time, name, Later(_conversion(getattr(time, name), name, place)))
    _shift_datetime(dt.timedelta(seconds=seconds))


def _reading(real: Any, offset: float) -> Any:
    def read() -> Any:
        now = real()
        return now + type(now)(offset)

    return read


def _conversion(real: Any, name: str, place: int) -> Any:
    def convert(*arguments: Any) -> Any:
        if len(arguments) <= place or arguments[place] is None:
            now: Any = time.time()
            if name in ("asctime", "strftime"):
                now = time.localtime(now)
            arguments = (*arguments[:place], now)
        return real(*arguments)

    return convert


def _shift_datetime(by: dt.timedelta) -> None:
    """`now` and `utcnow` read the clock in C. The type's own table is the only place to change them."""
    table = gc.get_referents(dt.datetime.__dict__)[0]
    now, utcnow = table["now"], table["utcnow"]

    def later_now(cls: Any, tz: Any = None) -> Any:
        return cls.fromtimestamp(time.time(), tz) if tz is not None else now.__get__(None, cls)() + by

    def later_utcnow(cls: Any) -> Any:
        return utcnow.__get__(None, cls)() + by

    table["now"], table["utcnow"] = classmethod(later_now), classmethod(later_utcnow)
    try:
        import ctypes  # noqa: PLC0415  a Python may come without it; then a cached `now` stays as it is
    except ImportError:
        return
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(dt.datetime))
