"""Where the rules for pages, tokens, files and patterns say nothing: the near twins of what they look for."""

# ruff: noqa: E501 - one snippet of code a line reads best
from __future__ import annotations

from pathlib import Path

import pytest

from bot.review.reviewers.rules import Rules
from tests.unit.rule_cases import material

HEAD = """\
import hmac
import logging
import os
import random
import re
import ssl
import string
import tempfile
import xml.sax

import jinja2
import jwt
import requests
from flask import Flask, jsonify, redirect, render_template, render_template_string, request, url_for
from markupsafe import Markup, escape

app = Flask(__name__)
logger = logging.getLogger(__name__)
KEY = b"sample"
HEROES = ["ada", "grace"]


"""
VIEW = "@app.route('/x/<name>')\ndef view(name):\n"
SILENT = {
    "redirect to a view": VIEW + "    return redirect(url_for('other', name=name))\n",
    "redirect below a path": VIEW + "    return redirect(f'/users/{name}')\n",
    "redirect below a path, by name": VIEW + "    target = '/users/' + name\n    return redirect(target)\n",
    "redirect after a check": VIEW
    + "    if name not in HEROES:\n        return 'no', 404\n    return redirect(name)\n",
    "redirect of a caller": "def go(target):\n    return redirect(target)\n",
    "template with a variable": VIEW + "    return render_template_string('<p>{{ name }}</p>', name=name)\n",
    "template in a file": VIEW + "    return render_template('page.html', name=name)\n",
    "template of a caller": "def render(text):\n    return jinja2.Template(text).render()\n",
    "template of constants": "def render(name):\n    return jinja2.Template(f'{KEY!r} {{{{ name }}}}').render(name=name)\n",
    "plain text template": "def render(name):\n    return jinja2.Template('Dear {{ name }},').render(name=name)\n",
    "escaping template": "def render(name):\n    return jinja2.Template('<p>{{ name }}</p>', autoescape=True).render(name=name)\n",
    "escape in the template": "def render(name):\n    return jinja2.Template('<p>{{ name|e }}</p>').render(name=name)\n",
    "chosen escaping": (
        "def render(name):\n    env = jinja2.Environment(autoescape=jinja2.select_autoescape())\n"
        "    return env.from_string('<p>{{ name }}</p>').render(name=name)\n"
    ),
    "number in a page": "@app.route('/x/<int:number>')\ndef view(number):\n    return f'<p>{number}</p>'\n",
    "escaped in a page": VIEW + "    return f'<p>{escape(name)}</p>'\n",
    "page without tags": VIEW + "    return f'hello {name}'\n",
    "page of another type": VIEW + "    return f'<p>{name}</p>', {'Content-Type': 'text/plain'}\n",
    "JSON": VIEW + "    return jsonify(text=f'<p>{name}</p>')\n",
    "HTML outside a view": "def row(name):\n    return f'<td>{name}</td>'\n",
    "markup that escapes": "def row(name):\n    return Markup('<td>{}</td>').format(name)\n",
    "markup of text of ours": "def row(name):\n    return Markup('<td></td>')\n",
    "random hero": "def hero():\n    return random.choice(HEROES)\n",
    "random word as a token": "def sample_token(words):\n    return random.choice(words)\n",
    "random number": "def dice():\n    return random.randint(1, 6)\n",
    "random letters": "def noise(n):\n    return ''.join(random.choices(string.ascii_letters, k=n))\n",
    "system's generator": "def token():\n    return ''.join(random.SystemRandom().choice(string.digits) for _ in range(20))\n",
    "temporary file": "def keep():\n    return tempfile.mkstemp()\n",
    "cookie of a colour": VIEW
    + "    reply = app.make_response('x')\n    reply.set_cookie('colour', 'red')\n    return reply\n",
    "cookie for scripts": VIEW
    + "    reply = app.make_response('x')\n    reply.set_cookie('csrf_token', 'x')\n    return reply\n",
    "cookie with options": VIEW
    + "    reply = app.make_response('x')\n    reply.set_cookie('session', 'x', **COOKIE)\n    return reply\n",
    "cookie by a setting": VIEW
    + "    reply = app.make_response('x')\n    reply.set_cookie('session', 'x', httponly=SAFE)\n    return reply\n",
    "mode of the owner": "def keep(path):\n    os.chmod(path, 0o600)\n",
    "mode for readers": "def keep(path):\n    os.chmod(path, 0o755)\n",
    "shared folder": "def keep(path):\n    os.chmod(path, 0o1777)\n",
    "mode of a caller": "def keep(path, mode):\n    os.chmod(path, mode)\n",
    "constant time": "def check(body, tag):\n    return hmac.compare_digest(hmac.new(KEY, body, 'md5').digest(), tag)\n",
    "checksum": "def check(body, tag):\n    return hashlib.sha256(body).hexdigest() == tag\n",
    "own signatures": "def check():\n    return hmac.new(KEY, b'a', 'md5').digest() == hmac.new(KEY, b'b', 'md5').digest()\n",
    "whole pattern": "def grep(pattern, text):\n    return re.search(pattern, text)\n",
    "piece of a pattern": "def grep(pattern, text):\n    return re.search(rf'^{pattern}$', text)\n",
    "name of a field of ours": "def grep(field_name, text):\n    return re.search(rf'^{field_name}=', text)\n",
    "escaped in a pattern": "def grep(word, text):\n    return re.search(rf'\\b{re.escape(word)}\\b', text)\n",
    "pattern of constants": "def grep(text):\n    return re.search(rf'^{KEY!r}$', text)\n",
    "log of a caller": "def note(name):\n    logger.info(f'hello {name}')\n",
    "quoted in the log": VIEW + "    logger.info('hello %r', name)\n    return 'x'\n",
    "log of one line": VIEW + "    logger.info('hello %s', name.replace('\\n', ''))\n    return 'x'\n",
    "log of a number": VIEW + "    logger.info('hello %d', int(name))\n    return 'x'\n",
    "address of ours": "def ask(name):\n    return requests.get(f'https://api.example.com/users/{name}')\n",
    "whole address": "def ask(url):\n    return requests.get(url)\n",
    "checked host": "def ask(name):\n    if not name.isalnum():\n        raise ValueError(name)\n    return requests.get(f'https://{name}.example.com/')\n",
    "format of ours": VIEW + "    return 'hello {}'.format(name)\n",
    "format of a caller": "def fill(text, user):\n    return text.format(user=user)\n",
    "no external entities": "def read(text):\n    parser = xml.sax.make_parser()\n    parser.setFeature(xml.sax.handler.feature_external_ges, False)\n    parser.parse(text)\n",
    "own document": "def read():\n    parser = xml.sax.make_parser()\n    parser.setFeature(xml.sax.handler.feature_external_ges, True)\n    parser.parse('own.xml')\n",
    "checking context": "def context():\n    return ssl.create_default_context()\n",
    "debugger at home": "def main():\n    app.run(host='127.0.0.1', debug=True)\n",
    "debugger by default": "def main():\n    app.run(debug=True)\n",
    "debugger by a setting": "def main():\n    app.run(host='0.0.0.0', debug=DEBUG)\n",
    "checked token": "def user(token):\n    return jwt.decode(token, KEY, algorithms=['HS256'])\n",
    "look at a token": "def issuer(token):\n    return jwt.decode(token, options={'verify_signature': False})\n",
}


@pytest.mark.parametrize("body", SILENT.values(), ids=SILENT.keys())
def test_silent(body: str, tmp_path: Path):
    """No finding for constants, for input that is escaped or checked, or that nobody outside chooses."""
    answer = Rules().review(material(tmp_path, "app.py", HEAD + body))

    assert answer.not_reviewed == ()
    assert [one.rule for one in answer.findings] == []
