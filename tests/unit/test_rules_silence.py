"""Where the embedded rules say nothing: constants, checked or cleaned input, code nobody outside reaches."""

# ruff: noqa: E501 - one snippet of code a line reads best
from __future__ import annotations

from pathlib import Path

import pytest

from bot.review.reviewers.rules import Rules
from tests.unit.rule_cases import material

HEAD = """\
import os
import pickle
import re
import shlex
import sqlite3
import subprocess
import tarfile
from pathlib import Path

import yaml
from flask import abort, request
from werkzeug.utils import secure_filename

ALLOWED = {"a", "b"}
BASE = "/srv/files"


"""
SILENT = {
    "constant": "def f(conn):\n    return conn.execute(f'SELECT id FROM t WHERE n = {3}')\n",
    "placeholder": "def f(conn, name):\n    return conn.execute('SELECT id FROM t WHERE n = ?', (name,))\n",
    "number": "def f(conn, n: int):\n    return conn.execute(f'SELECT id FROM t WHERE n = {n}')\n",
    "int()": "def f(conn, n):\n    n = int(n)\n    return conn.execute(f'SELECT id FROM t WHERE n = {n}')\n",
    "whole statement": "def f(conn, sql):\n    return conn.execute(sql)\n",
    "no SQL": "def f(pool, name):\n    return pool.execute(f'hello {name}')\n",
    "private": "def _f(conn, name):\n    return conn.execute(f\"SELECT id FROM t WHERE n = '{name}'\")\n",
    "private class": "class _C:\n    def f(self, name):\n        os.system(f'ls {name}')\n",
    "nested": "def f():\n    def g(name):\n        os.system(f'ls {name}')\n    return g\n",
    "list guard": "def f(name):\n    if name not in ALLOWED:\n        raise ValueError(name)\n    os.system(f'ls {name}')\n",
    "in branch": "def f(name):\n    if name in ALLOWED:\n        os.system(f'ls {name}')\n",
    "regex guard": (
        "def f(name):\n    if not re.fullmatch('[a-z]+', name):\n        return None\n    return os.system('ls ' + name)\n"
    ),
    "abort": "def f(name):\n    if not name.isalnum():\n        abort(404)\n    os.system(f'ls {name}')\n",
    "checker": "def f(name):\n    validate_name(name)\n    os.system(f'ls {name}')\n",
    "quoted": "def f(name):\n    os.system(f'ls {shlex.quote(name)}')\n",
    "argv": "def f(name):\n    subprocess.run(['ls', name], check=True)\n",
    "no shell": "def f(name):\n    subprocess.run(f'ls {name}', shell=False)\n",
    "whole command": "def f(command):\n    subprocess.run(command, shell=True)\n",
    "unknown call": "def f(name):\n    os.system(f'ls {clean(name)}')\n",
    "overwritten": "def f(name):\n    name = 'x'\n    os.system(f'ls {name}')\n",
    "secure_filename": "def f(name):\n    return open(os.path.join(BASE, secure_filename(name)))\n",
    "basename": "def f(name):\n    return open(os.path.join(BASE, os.path.basename(name)))\n",
    "relative_to": (
        "def f(name):\n    path = (Path(BASE) / name).resolve()\n    path.relative_to(BASE)\n    return path.read_text()\n"
    ),
    "startswith": (
        "def f(name):\n    path = os.path.realpath(os.path.join(BASE, name))\n"
        "    if not path.startswith(BASE + os.sep):\n        raise ValueError(name)\n    return open(path)\n"
    ),
    "check of the part": (
        "def f(name):\n    path = os.path.join(BASE, name)\n    if '..' in name:\n        abort(400)\n    return open(path)\n"
    ),
    "path parameter": "def f(path):\n    return open(path).read()\n",
    "first part": "def f(home):\n    return open(os.path.join(home, 'config.ini'))\n",
    "text before": "def f(name):\n    return open(os.path.join(BASE, f'log-{name}.txt'))\n",
    "safe_load": "def f(text):\n    return yaml.safe_load(text)\n",
    "safe loader": "def f(text):\n    return yaml.load(text, Loader=yaml.SafeLoader)\n",
    "own loader": "def f(text):\n    return yaml.load(text, Loader=OurLoader)\n",
    "own pickle": "def f():\n    with open('cache.bin', 'rb') as handle:\n        return pickle.load(handle)\n",
    "eval of ours": "def f(name):\n    return eval('1 + 1')\n",
    "filtered tar": "def f(archive):\n    with tarfile.open(archive) as tar:\n        tar.extractall('x', filter='data')\n",
    "assert": "def f(name):\n    assert name in ALLOWED\n    os.system(f'ls {name}')\n",
    "match": "def f(name):\n    match name:\n        case 'a':\n            os.system(f'ls {name}')\n",
    "elif": (
        "def f(name):\n    if not name:\n        return\n    elif name not in ALLOWED:\n        raise ValueError\n"
        "    os.system(f'ls {name}')\n"
    ),
}
LOUD = {
    "presence is no check": "def f(name):\n    if not name:\n        return\n    os.system(f'ls {name}')\n",
    "type is no check": (
        "def f(name):\n    if not isinstance(name, str):\n        raise TypeError\n    os.system(f'ls {name}')\n"
    ),
    "check that goes on": "def f(name):\n    if name in ALLOWED:\n        print(name)\n    os.system(f'ls {name}')\n",
    "alias": "from os import system as run\n\n\ndef f(name):\n    run('ls %s' % name)\n",
    "stripped": "def f(name):\n    part = name.strip().lower()\n    os.system('ls ' + part)\n",
    "request": "def _f():\n    os.system('ls ' + request.args.get('name', ''))\n",
    "either": "def f(name=None):\n    target = name or 'x'\n    os.system('ls {}'.format(target))\n",
    "input": "def _f():\n    os.system('ls ' + input('name? '))\n",
    "in a try": "def f(name):\n    try:\n        os.system(f'ls {name}')\n    except OSError:\n        pass\n",
    "in a handler": "def f(name):\n    try:\n        g()\n    except OSError:\n        os.system(f'ls {name}')\n",
    "walrus": "def f(name):\n    if (path := name.strip()):\n        os.system(f'ls {path}')\n",
}


def rules_of(tree: Path, body: str) -> list[str]:
    answer = Rules().review(material(tree, "app.py", HEAD + body))
    assert answer.not_reviewed == ()
    return [one.rule for one in answer.findings]


@pytest.mark.parametrize("body", SILENT.values(), ids=SILENT.keys())
def test_silent(body: str, tmp_path: Path):
    """No finding where the input is constant, cleaned or checked, or the code is out of reach."""
    assert rules_of(tmp_path, body) == []


@pytest.mark.parametrize("body", LOUD.values(), ids=LOUD.keys())
def test_not_silenced(body: str, tmp_path: Path):
    """What only looks like a check does not silence a finding."""
    assert rules_of(tmp_path, body) == ["python/command-injection"]


@pytest.mark.parametrize("path", ["tests/app.py", "src/pkg/testing/app.py", "app_test.py", "setup.py"])
def test_silent_in_tests(path: str, tmp_path: Path):
    """Tests and build scripts may do what the product may not."""
    body = HEAD + "def f(name):\n    os.system(f'ls {name}')\n"

    assert Rules().review(material(tmp_path, path, body)).findings == ()
