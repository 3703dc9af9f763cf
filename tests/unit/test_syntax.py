"""Other languages' functions, types and imports, one file each: what surrounds a line, and what is named."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.review.claude.slices import enclosing, imports, outline, parse_source, scope_of
from bot.review.claude.syntax import read_syntax
from bot.review.claude.syntax.grammars import GRAMMARS


@dataclass(frozen=True)
class Example:
    """A file with the word `HERE` on one line, and what has to be found around it."""

    text: str
    scope: str
    around: tuple[str, str]  # how the enclosing function begins and ends
    imports: tuple[str, ...]
    outline: tuple[str, ...]


JAVASCRIPT = Example(
    """import express from "express";
const fs = require("fs");

class Store {
  constructor(root) {
    this.root = root;
  }

  async read(name) {
    const found = [1, 2].map((one) => one + 1);
    return fs.readFileSync(this.root + name); // HERE
  }
}

export const load = async (name) => {
  return new Store("/").read(name);
};

app.get("/file", (request, response) => {
  response.send(load(request.query.name));
});
""",
    "Store.read",
    ("  async read(name) {", "  }"),
    ('import express from "express";', 'const fs = require("fs");'),
    ("4: class Store {", "9:   async read(name) {", "15: export const load = async (name) => {"),
)
TYPESCRIPT = Example(
    """import { Pool } from "pg";
export { query } from "./query";

export interface User {
  name: string;
}

export class Users {
  @cached()
  async find(pool: Pool,
             name: string): Promise<User[]> {
    return pool.query(`select ${name}`); // HERE
  }

  private remove = (name: string) => {
    return name;
  };
}
""",
    "Users.find",
    ("  @cached()", "  }"),
    ('import { Pool } from "pg";', 'export { query } from "./query";'),
    (
        "4: export interface User {",
        "8: export class Users {",
        "             name: string): Promise<User[]> {",
    ),
)
GO = Example(
    """package main

import (
	"database/sql"
	"net/http"
)

type Server struct {
	db *sql.DB
}

func (s *Server) find(w http.ResponseWriter, r *http.Request) {
	defer func() {
		recover()
	}()
	s.db.Query("select " + r.URL.Path) // HERE
}
""",
    "find",
    ("func (s *Server) find(", "}"),
    ("import (", '\t"database/sql"', '\t"net/http"', ")"),
    ("8: type Server struct {", "12: func (s *Server) find("),
)
JAVA = Example(
    """package shop;

import java.sql.Connection;

public class Users {
    private final Connection connection;

    @Override
    public String find(String name) throws Exception {
        Runnable late = () -> {
            System.out.println(name);
            connection.createStatement().execute("select " + name); // HERE
        };
        return name;
    }
}
""",
    "Users.find.late",
    ("    @Override", "    }"),
    ("package shop;", "import java.sql.Connection;"),
    ("5: public class Users {", "    public String find(String name) throws Exception {"),
)
RUBY = Example(
    """require "sqlite3"
require_relative "store"

module Shop
  class Users
    def find(name)
      rows.each do |row|
        puts row
        db.execute("select #{name}") # HERE
      end
    end
  end
end
""",
    "Shop.Users.find",
    ("    def find(name)", "    end"),
    ('require "sqlite3"', 'require_relative "store"'),
    ("4: module Shop", "5:   class Users", "6:     def find(name)"),
)
PHP = Example(
    """<?php
namespace Shop;

use PDO;
require_once 'store.php';

class Users
{
    public function find(string $name): array
    {
        return $this->db->query("select $name"); // HERE
    }
}

function plain() {
    return 1;
}
""",
    "Users.find",
    ("    public function find(string $name): array", "    }"),
    ("use PDO;", "require_once 'store.php';"),
    ("7: class Users", "9:     public function find(", "15: function plain()"),
)
C = Example(
    """#include <string.h>

struct user {
    char name[8];
};

static int *
find(struct user *one, const char *name)
{
    strcpy(one->name, name); /* HERE */
    return 0;
}
""",
    "find",
    ("static int *", "}"),
    ("#include <string.h>",),
    ("3: struct user {", "7: static int *\nfind("),
)
CPP = Example(
    """#include <string>
using std::string;

namespace shop {
class Users {
 public:
  Users();
  template <typename T>
  T find(const string& name) {
    return run("select " + name); // HERE
  }
};

Users::Users() {
  start();
}
}
""",
    "shop.Users.find",
    ("  template <typename T>", "  }"),
    ("#include <string>", "using std::string;"),
    ("4: namespace shop {", "5: class Users {", "9:   T find(", "14: Users::Users() {"),
)
RUST = Example(
    """use std::fs;
extern crate serde;

pub struct Store { root: String }

impl Store {
    #[inline]
    #[must_use]
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(format!("{}/{}", self.root, name)).unwrap() // HERE
    }
}
""",
    "Store.read",
    ("    #[inline]", "    }"),
    ("use std::fs;", "extern crate serde;"),
    ("4: pub struct Store", "6: impl Store {", "9:     pub fn read("),
)
C_SHARP = Example(
    """using System.Data;

namespace Shop
{
    public class Users
    {
        [HttpGet]
        public string Find(string name)
        {
            return Run("select " + name); // HERE
        }
    }
}
""",
    "Shop.Users.Find",
    ("        [HttpGet]", "        }"),
    ("using System.Data;",),
    ("3: namespace Shop", "5:     public class Users", "public string Find(string name)"),
)
EXAMPLES = {
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs"), JAVASCRIPT),
    **dict.fromkeys((".ts", ".mts", ".cts", ".tsx"), TYPESCRIPT),
    ".go": GO,
    ".java": JAVA,
    ".rb": RUBY,
    ".php": PHP,
    ".c": C,
    **dict.fromkeys((".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp"), CPP),
    ".rs": RUST,
    ".cs": C_SHARP,
}


def test_every_language_has_an_example() -> None:
    """A row of the table that nothing tries may name nodes that its grammar does not have."""
    assert set(EXAMPLES) == set(GRAMMARS)


@pytest.mark.parametrize("suffix", EXAMPLES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_surrounds_a_line(suffix: str, end: str) -> None:
    """The whole function, attributes and all; its dotted name; the imports; the headers of what is named."""
    example = EXAMPLES[suffix]
    source = parse_source(f"src/one{suffix}", example.text.replace("\n", end))
    line = next(number for number, text in enumerate(source.lines, 1) if "HERE" in text)

    around = enclosing(source, line, line).text.split("\n")

    assert any("HERE" in text for text in around)
    assert around[0].startswith(example.around[0])
    assert around[-1] == example.around[1]
    assert scope_of(source, line) == example.scope
    assert imports(source).split("\n") == list(example.imports)
    shown = outline(source)
    assert all(header in shown for header in example.outline), shown


def test_a_handler_without_a_name_is_a_function() -> None:
    """A route's handler is shown whole; a short function in an expression does not narrow what is shown."""
    source = parse_source("routes.js", JAVASCRIPT.text)

    handler = enclosing(source, 20, 20)
    short = enclosing(source, 10, 10)

    assert (handler.start, handler.end) == (19, 21)
    assert (short.start, short.end) == (9, 12)


@pytest.mark.parametrize(
    "text",
    ["", "\ufeff", "function (((", "}" * 500, "(" * 20_000, "\x00\ud800\u2028", "a\r\rfunction f() {\r\n}"],
)
def test_what_cannot_be_parsed_is_passed_over(text: str) -> None:
    """Broken, deep and odd text gives some surroundings and never an error."""
    source = parse_source("a.ts", text)

    assert enclosing(source, 1, 1).start == 1
    assert scope_of(source, 1) in ("", "f")
    assert isinstance(imports(source) + outline(source), str)


def test_what_would_hold_the_parser_for_hours_is_given_up() -> None:
    """A file made to exhaust the grammar costs its seconds and then counts as one without a known syntax."""
    assert read_syntax("a.js", ["(" * 900_000], seconds=1) is None


def test_another_language_has_a_window() -> None:
    """Where no grammar is known, 30 lines on both sides."""
    source = parse_source("a.cob", "\n".join(f"line {number}" for number in range(1, 101)))

    assert enclosing(source, 50, 50).text.split("\n")[0] == "line 20"
    assert (outline(source), scope_of(source, 50)) == ("", "")


@pytest.mark.parametrize("start", ["\ufeff", "x = 'a\rb'  # é\n", "# a lone \r in a comment\n"])
def test_python_with_a_mark_or_lone_returns_has_lines_as_git_counts_them(start: str) -> None:
    """A byte order mark or a lone carriage return neither hides the functions nor moves them."""
    text = f"{start}import os\n\n\ndef f():\n    return os.name\n"
    source = parse_source("a.py", text)
    line = text.split("\n").index("def f():") + 1

    assert scope_of(source, line) == "f"
    assert enclosing(source, line, line).start == line
