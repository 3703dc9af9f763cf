"""The wheel that a hostile build made is checked as an archive before anything installs it."""

from __future__ import annotations

import io
import zipfile

import pytest

from bot.environments.refusal import BuildFailed
from bot.environments.wheels import accepted, stub

INFO = "my_thing-1.0.dist-info"
PLAIN = {
    "my_thing/__init__.py": "",
    f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: My-Thing\nVersion: 1.0\n",
    f"{INFO}/WHEEL": "Wheel-Version: 1.0\nTag: py2-none-any\nTag: py3-none-any\n",
    f"{INFO}/RECORD": "",
}
LINK = zipfile.ZipInfo("my_thing/link")
LINK.external_attr = 0o120777 << 16


def packed(files: dict[str, str], *more: zipfile.ZipInfo) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        for one in more:
            archive.writestr(one, "/etc/passwd")
    return held.getvalue()


def test_a_plain_wheel_is_named_by_its_content() -> None:
    """Name, version and the newer tag; programs and shared files of its own are allowed."""
    more = {"my_thing-1.0.data/scripts/thing": "", "my_thing-1.0.data/data/share/x": ""}

    assert accepted("my-thing", "1.0", packed({**PLAIN, **more})) == "my_thing-1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no archive", "made no wheel"),
        (packed({}), "something else"),
        (packed(PLAIN, LINK), "odd place: my_thing/link"),
        (packed({**PLAIN, "../x": ""}), "odd place"),
        (packed({**PLAIN, "/etc/x": ""}), "odd place"),
        (packed({**PLAIN, "a\\..\\x": ""}), "odd place"),
        (packed({**PLAIN, "a\nb": ""}), "odd place"),
        (packed({**PLAIN, "my_thing-1.0.data/scripts/python3": ""}), "odd place"),
        (packed({**PLAIN, "my_thing-1.0.data/data/bin/python": ""}), "odd place"),
        (packed({**PLAIN, "my_thing-1.0.data/data/pyvenv.cfg": ""}), "odd place"),
        (packed({**PLAIN, "other-1.0.dist-info/METADATA": ""}), "something else"),
        (packed({**PLAIN, f"{INFO}/METADATA": "Name: pytest\nVersion: 1.0\n"}), "something else"),
        (packed({**PLAIN, f"{INFO}/METADATA": "Name: my-thing\nVersion: 9\n"}), "something else"),
        (packed({**PLAIN, f"{INFO}/METADATA": "x" * (1 << 19)}), "too large"),
        (packed({**PLAIN, f"{INFO}/WHEEL": "Tag: ../../x\n"}), "no known Python"),
        (packed({**PLAIN, **{f"x/{number}": "" for number in range(10_001)}}), "too large"),
        (packed({one: text for one, text in PLAIN.items() if "METADATA" not in one}), "made no wheel"),
    ],
)
def test_anything_odd_is_refused(data: bytes, said: str) -> None:
    """Links, paths that leave, programs of the environment, other packages, floods."""
    with pytest.raises(BuildFailed, match=said):
        accepted("my-thing", "1.0", data)


def test_a_stub_is_a_wheel() -> None:
    """With the range of Pythons that the index gave."""
    name, data = stub("my-thing", "1.0", ">=3.8")

    assert accepted("my-thing", "1.0", data) == name
    assert b"Requires-Python: >=3.8" in data
