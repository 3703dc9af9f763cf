"""Fixes of the rules for pages, tokens and files, line by line; and the reasons where there is no sound one."""

# ruff: noqa: E501 - one snippet of code a line reads best
from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.rule_cases import fixed

FLASK = "from flask import Flask, redirect, render_template_string, request\n\napp = Flask(__name__)\n\n\n"
VIEW = FLASK + "@app.route('/x')\ndef view():\n    name = request.args['name']\n"


def body(text: str) -> str:
    """The text from its view's second statement on."""
    return text.partition("    name = request.args['name']\n")[2]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return f'<p>{name}</p>'", "return f'<p>{escape(name)}</p>'"),
        ("return '<p>' + name + '</p>', 200", "return '<p>' + str(escape(name)) + '</p>', 200"),
        ("return '<p>{}</p>'.format(name)", "return '<p>{}</p>'.format(escape(name))"),
        ("return '<p title=\"%s\">x</p>' % name", "return '<p title=\"%s\">x</p>' % escape(name)"),
        ("return render_template_string(f'hello {name}')", "return render_template_string('hello {{ name }}', name=name)"),
        ("return render_template_string('<p>' + name, size=1)", "return render_template_string('<p>{{ name }}', size=1, name=name)"),
        ("return name.format(request)", "return PlainFormatter().format(name, request)"),
        ("return name.format(a=1, b=2)", "return PlainFormatter().format(name, a=1, b=2)"),
        ("app.logger.info('%d of %s: %s', 1, name, 'x')\n    return 'x'", "app.logger.info('%d of %r: %s', 1, name, 'x')\n    return 'x'"),
        ("app.logger.info(f'by {name}')\n    return 'x'", "app.logger.info(f'by {name!r}')\n    return 'x'"),
    ],
)  # fmt: skip
def test_view(before: str, after: str, tmp_path: Path):
    """The input is escaped, passed on as a value, or quoted; the rest stays as it is."""
    assert body(fixed(tmp_path, f"{VIEW}    {before}\n")) == f"    {after}\n"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("return f'<p><script>go(\"{name}\")</script></p>'", "Escaping is not enough"),
        ("return f'<p><a href=\"{name}\">x</a></p>'", "Escaping is not enough"),
        ("return f'<p><b class={name}>x</b></p>'", "Escaping is not enough"),
        ("return render_template_string(name)", "The whole template is the input"),
        ("return render_template_string(f'{app.name} {name}')", "Text of the program's own"),
        ("return render_template_string(f'{name!r:>9}')", "The value is formatted"),
        ("app.logger.info('by ' + name)\n    return 'x'", "put together in a way"),
    ],
)
def test_no_sound_fix(statement: str, reason: str, tmp_path: Path):
    """No fix is written where it would only look like one."""
    assert reason in fixed(tmp_path, f"{VIEW}    {statement}\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import jwt\n\n\ndef f(token, key):\n    return jwt.decode(token, key, ['HS256'], options={'a': 1, 'verify_signature': False})\n",
         "import jwt\n\n\ndef f(token, key):\n    return jwt.decode(token, key, ['HS256'], options={'a': 1})\n"),
        ("import jwt\n\n\ndef f(token, key):\n    return jwt.decode(token, key, ['HS256'], options={'verify_signature': False, 'a': 1})\n",
         "import jwt\n\n\ndef f(token, key):\n    return jwt.decode(token, key, ['HS256'], options={'a': 1})\n"),
        ("import random\n\n\ndef make_token():\n    return random.getrandbits(64)\n",
         "import random\nimport secrets\n\n\ndef make_token():\n    return secrets.SystemRandom().getrandbits(64)\n"),
        ("import os\n\n\ndef keep(path):\n    os.chmod(path, 511)\n", "import os\n\n\ndef keep(path):\n    os.chmod(path, 0o755)\n"),
        ("import flask\n\n\ndef main(app):\n    app.run(debug=True, host='0.0.0.0')\n", "import flask\n\n\ndef main(app):\n    app.run(host='0.0.0.0')\n"),
        ("import hmac\n\n\ndef f(tag):\n    return tag and tag != hmac.digest(b'k', b'm', 'md5')\n",
         "import hmac\n\n\ndef f(tag):\n    return tag and not hmac.compare_digest(tag, hmac.digest(b'k', b'm', 'md5'))\n"),
        ("import jinja2\n\n\ndef f(name):\n    env = jinja2.Environment()\n    return env.from_string('<p>{{ name }}</p>').render(name=name)\n",
         "import jinja2\n\n\ndef f(name):\n    env = jinja2.Environment(autoescape=True)\n    return env.from_string('<p>{{ name }}</p>').render(name=name)\n"),
        ("import requests\n\n\ndef f(name):\n    return requests.get(f'https://{name}.example.com')\n",
         "import re\n\nimport requests\n\n\ndef f(name):\n    if not re.fullmatch(r\"[A-Za-z0-9-]+\", name):\n"
         "        raise ValueError(\"The input is one part of the host name.\")\n    return requests.get(f'https://{name}.example.com')\n"),
    ],
)  # fmt: skip
def test_function(before: str, after: str, tmp_path: Path):
    """The smallest change, with the import it needs among its like."""
    assert fixed(tmp_path, before) == after


def test_temporary_file_used_in_place(tmp_path: Path):
    """A name that is used where it is asked for has no place for the file's handle."""
    text = "import tempfile\n\n\ndef f():\n    return open(tempfile.mktemp(), 'w')\n"

    assert "used in the statement" in fixed(tmp_path, text)
