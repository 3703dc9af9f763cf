"""What a reviewer is shown of other files than the changed one."""

from __future__ import annotations

from pathlib import Path

from bot.review.claude.elsewhere import elsewhere
from bot.review.claude.slices import parse_source

HANDLERS = """\
from shop.store import load_invoice


def show(request):
    return load_invoice(request.args["name"])
"""
STORE = """\
def load_invoice(name):
    return open(name).read()


def unrelated():
    return 1
"""
USER = """\
from shop.handlers import show


def route(request):
    return show(request)
"""


def _elsewhere(tree: Path, **more: str) -> str:
    files = {"shop/handlers.py": HANDLERS, "shop/store.py": STORE, "shop/routes.py": USER, **more}
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    return elsewhere(tree, "shop/handlers.py", parse_source("shop/handlers.py", HANDLERS), frozenset({4, 5}))


def test_what_the_rows_call_and_who_calls_them_is_shown_from_other_files(tmp_path: Path) -> None:
    """The callee whole, the caller around its use, each under its file; nothing else of these files."""
    shown = _elsewhere(tmp_path)

    assert "[shop/store.py, lines 1-2]\ndef load_invoice(name):" in shown
    assert "[shop/routes.py, lines 4-5]\ndef route(request):" in shown
    assert "unrelated" not in shown


def test_a_name_of_many_files_and_a_test_show_nothing(tmp_path: Path) -> None:
    """Which one is meant cannot be told, and tests are not how the code is used."""
    again = {f"shop/other{number}.py": STORE for number in range(2)}
    shown = _elsewhere(tmp_path, **again, **{"tests/test_show.py": USER.replace("route", "test_route")})

    assert "load_invoice(name)" not in shown
    assert "test_route" not in shown


def test_a_link_out_of_the_tree_is_not_followed(tmp_path: Path) -> None:
    """The tree is hostile: what a link names is not read."""
    outside = tmp_path / "outside.py"
    outside.write_text("def load_invoice(name): return 'secret'\n")
    tree = tmp_path / "tree"
    (tree / "shop").mkdir(parents=True)
    (tree / "shop" / "linked.py").symlink_to(outside)

    assert "secret" not in _elsewhere(tree)


def test_a_name_that_pythons_own_types_have_shows_nothing(tmp_path: Path) -> None:
    """`text.join(…)` is no call of somebody's `join`."""
    handlers = HANDLERS.replace("load_invoice(request.args", "', '.join(request.args")
    store = STORE.replace("load_invoice", "join")
    for path, text in {"shop/handlers.py": handlers, "shop/store.py": store}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    source = parse_source("shop/handlers.py", handlers)

    assert elsewhere(tmp_path, "shop/handlers.py", source, frozenset({4, 5})) == ""
