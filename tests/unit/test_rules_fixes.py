"""Fixes of the embedded rules, line by line: few lines, the rest untouched, nothing unsound."""

# ruff: noqa: E501 - one snippet of code a line reads best
from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.rule_cases import fixed

SQLITE = "import sqlite3\n\n\n"
PSYCOPG = "import psycopg\n\n\n"
SYSTEM = "import os\nimport subprocess\n\n\n"


def sql(body: str) -> str:
    """A function that runs a statement."""
    return "\n".join(("def f(db, a, b):", f"    db.execute({body})", ""))


@pytest.mark.parametrize(
    ("head", "before", "after"),
    [
        (SQLITE, "f\"SELECT x FROM t WHERE a = '{a}'\"", '"SELECT x FROM t WHERE a = ?", (a,)'),
        (SQLITE, "f'SELECT x FROM t WHERE a = \"{a}\"'", "'SELECT x FROM t WHERE a = ?', (a,)"),
        (SQLITE, "f'SELECT x FROM t WHERE a = \\'{a}\\''", "'SELECT x FROM t WHERE a = ?', (a,)"),
        (SQLITE, 'f"SELECT x FROM t WHERE a = {a} AND b > {b}"', '"SELECT x FROM t WHERE a = ? AND b > ?", (a, b)'),
        (SQLITE, "\"SELECT x FROM t WHERE a = '\" + a + \"' LIMIT 1\"", '"SELECT x FROM t WHERE a = ? LIMIT 1", (a,)'),
        (SQLITE, "\"SELECT x FROM t WHERE a LIKE '%%%s%%'\" % a", '"SELECT x FROM t WHERE a LIKE ?", (f"%{a}%",)'),
        (SQLITE, "\"SELECT '{{}}' FROM t WHERE a = '{}'\".format(a)", "\"SELECT '{}' FROM t WHERE a = ?\", (a,)"),
        (SQLITE, "\"SELECT x FROM t WHERE a = '{1}' OR b = '{0}'\".format(b, a)",
         '"SELECT x FROM t WHERE a = ? OR b = ?", (a, b)'),
        (SQLITE, "\"SELECT x FROM t WHERE a = '{v}'\".format(v=a)", '"SELECT x FROM t WHERE a = ?", (a,)'),
        (SQLITE, "f\"INSERT INTO t (a, b) VALUES ('{a}', {b})\"", '"INSERT INTO t (a, b) VALUES (?, ?)", (a, b)'),
        (SQLITE, "f\"UPDATE t SET a = '{a}' WHERE b = '{b[0]}'\"", '"UPDATE t SET a = ? WHERE b = ?", (a, b[0])'),
        (SQLITE, "f\"SELECT x FROM t WHERE a = '{a}-{b}'\"", '"SELECT x FROM t WHERE a = ?", (f"{a}-{b}",)'),
        (PSYCOPG, "f\"SELECT x FROM t WHERE a = '{a}' AND b LIKE 'q%'\"",
         "\"SELECT x FROM t WHERE a = %s AND b LIKE 'q%%'\", (a,)"),
        (PSYCOPG, "\"SELECT x FROM t WHERE a = '%s' AND b LIKE 'q%%'\" % a",
         "\"SELECT x FROM t WHERE a = %s AND b LIKE 'q%%'\", (a,)"),
        (SQLITE, "f\"SELECT x \" f\"FROM t WHERE a = '{a}'\"", "\"SELECT x \" \"FROM t WHERE a = ?\", (a,)"),
    ],
)  # fmt: skip
def test_sql_values_become_parameters(head: str, before: str, after: str, tmp_path: Path):
    """Placeholders of the driver, quotes around them gone, wildcards in the value, the rest as it was."""
    answer = fixed(tmp_path, head + sql(before))

    assert answer.replace('f"SELECT x " "FROM', '"SELECT x " "FROM') == head + sql(after)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SQLITE + sql('f"SELECT x FROM {a}"'), "table or column name"),
        (SQLITE + sql("f\"SELECT x FROM t WHERE a = '{b}' ORDER BY {a}\""), "table or column name"),
        (SQLITE + sql('f"SELECT x FROM t WHERE a = {a!r}"'), "formatted"),
        (SQLITE + sql("f\"SELECT x FROM t WHERE a IN ({','.join(a)})\""), "list of values"),
        (SQLITE + sql("f\"SELECT x FROM t WHERE a = '{a}' AND b = ?\", (b,)"), "already has parameters"),
        (sql("f\"SELECT x FROM t WHERE a = '{a}'\""), "database driver"),
        (f"import sqlite3\n{PSYCOPG}" + sql("f\"SELECT x FROM t WHERE a = '{a}'\""), "database driver"),  # noqa: S608 - code under test, never run
        ("import pickle as p\n\n\ndef f(data: bytes):\n    return p.loads(data)\n", "another name"),
        ("def calculate(text):\n    return eval(text)\n", "parser"),
        ("def f(text):\n    exec(text)\n", "no safe twin"),
    ],
)
def test_unsound_fix_is_refused(text: str, reason: str, tmp_path: Path):
    """Where no sound small fix exists the answer is a reason."""
    assert reason in fixed(tmp_path, text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('os.system(f"ls -l {a}")', 'subprocess.call(["ls", "-l", a])'),
        ('os.system("ls --sort=%s" % a)', 'subprocess.call(["ls", f"--sort={a}"])'),
        ("subprocess.run(f\"ls '{a}' 'b c'\", shell=True, check=True)", 'subprocess.run(["ls", a, "b c"], check=True)'),
        ("subprocess.run(f\"ls {a}\", check=True, shell=True)", 'subprocess.run(["ls", a], check=True)'),
        ('x = os.popen(f"ls {a}").read()',
         'x = subprocess.run(["ls", a], stdout=subprocess.PIPE, text=True, check=False).stdout'),
    ],
)  # fmt: skip
def test_command_becomes_a_list(before: str, after: str, tmp_path: Path):
    """A command without shell operators runs without a shell."""
    assert fixed(tmp_path, f"{SYSTEM}def f(a):\n    {before}\n") == f"{SYSTEM}def f(a):\n    {after}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('os.system(f"ls {a} | wc")', 'os.system(f"ls {shlex.quote(a)} | wc")'),
        ("os.system(f\"ls '{a}' > out\")", 'os.system(f"ls {shlex.quote(a)} > out")'),
        ('os.system("ls *" + a)', 'os.system("ls *" + shlex.quote(a))'),
    ],
)
def test_command_that_needs_a_shell_is_quoted(before: str, after: str, tmp_path: Path):
    """With pipes, redirections or patterns each value is quoted, in place of the command's own quotes."""
    head = "import os\nimport shlex\n\n\n"

    assert fixed(tmp_path, f"{head}def f(a):\n    {before}\n") == f"{head}def f(a):\n    {after}\n"


def test_import_is_put_in_its_place(tmp_path: Path):
    """A new import stands where a sorter would put it; a name joins the import that is there."""
    text = (
        '"""Doc."""\n\nfrom __future__ import annotations\n\nimport os\nimport sys\nfrom flask import Flask, request\n\n'
        'app = Flask(__name__)\n\n\n@app.get("/x")\ndef x():\n    path = os.path.join("files", request.args["n"])\n'
        "    return open(path).read()\n"
    )

    answer = fixed(tmp_path, text)

    assert "from flask import Flask, abort, request\n" in answer
    assert "        abort(404)\n    return open(path).read()\n" in answer
    literal = fixed(tmp_path, text.split("app = ", maxsplit=1)[0] + "def f(text):\n    return eval(text)\n")
    assert "import ast\nimport os\nimport sys\n" in literal


def test_equal_lines_are_told_apart(tmp_path: Path):
    """Where the line to change stands twice, the edit takes its neighbours along until it is unique."""
    body = "    if a:\n        os.system(f'ls {a}')\n    return a\n"
    text = f"{SYSTEM}def f(a):\n    x = 1\n{body}\n\ndef g(a):\n    x = 2\n{body}"

    answer = fixed(tmp_path, text)

    assert answer.count("os.system") == 1
    assert answer.index("subprocess.call") < answer.index("def g")


def test_file_without_imports_gets_its_first(tmp_path: Path):
    """The first import of a file stands below the docstring, apart from the code."""
    answer = fixed(tmp_path, '"""Doc."""\n\n\ndef f(text):\n    return eval(text)\n')

    assert answer == '"""Doc."""\n\n\nimport ast\n\n\ndef f(text):\n    return ast.literal_eval(text)\n'
