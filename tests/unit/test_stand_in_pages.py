"""The stand-in's pages: what a person sees, and that no body can do more than be read."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import requests

from bot.demo.github import push_files
from bot.demo.github.pages.code import changed_words
from bot.demo.github.pages.markdown import Place, render
from bot.publish.flow import flowchart
from bot.records import FlowStep
from tests.fakes.octo import HEAD, World, world

VOID = {"meta", "link", "br", "hr", "input"}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


class Outline(HTMLParser):
    """Fails on tags that do not match, and keeps the headings and ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [str(given["id"])] if "id" in given else []
        self.links += [str(given["href"])] if "href" in given else []
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(there: World, path: str) -> str:
    answer = requests.get(f"{there.server.url}/acme/shop/{path}", timeout=30)
    assert answer.status_code == 200
    return answer.text


BODY = """<!-- suture:v1 fp=hidden -->
**High severity** & more

```suggestion
line 3 mended
```

<details><summary>Evidence</summary>

| tree | exit code |
|---|---|
| head | 1 |

```python
def test_it():
    pass
```

</details>

<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) ![p](http://elsewhere/p.png)
</details></div></article>
"""


def test_a_pull_request_as_a_person_reads_it(there: World):
    """Title, review, comment at its line, suggestion, check run, fix commit: all on one well-formed page."""
    repository = there.client().get_repo("acme/shop")
    repository.get_pull(1).create_review(
        body="One finding",
        event="COMMENT",
        comments=[{"path": "app.py", "line": 3, "side": "RIGHT", "body": BODY}],
    )
    run = repository.create_check_run("Suture", there.pull.head_sha)
    run.edit(conclusion="neutral", output={"title": "Findings: 1", "summary": "| a |\n|---|\n| b |"})
    repository.create_git_ref("refs/heads/suture/fix/pr-1-a", there.pull.head_sha)
    push_files(
        there.state,
        there.repository,
        "suture/fix/pr-1-a",
        {"tests/test_fix.py": "assert 1\n"},
        message="Fix it",
    )

    text = page(there, "pull/1")

    outline = Outline(text)
    assert outline.open == []
    assert outline.headings[0] == 1
    assert all(
        after - before <= 1 for before, after in zip(outline.headings, outline.headings[1:], strict=False)
    )
    assert len(outline.ids) == len(set(outline.ids))
    assert all(link[0] in "/#" or link.startswith(there.server.url) for link in outline.links)
    for words in (
        "Change lines",
        "One finding",
        "mended",
        "Findings: 1",
        "Fix it",
        "tests/test_fix.py",
        "Evidence",
    ):
        assert words in text
    at = text.index("Comment on line 3")
    assert text.index(">three<") < at < text.index(">4<", at)
    assert "fp=hidden" not in text


def test_bodies_cannot_reach_out_of_their_frame():
    """No tag but the harmless ones, no script in links, no picture from elsewhere, no unmatched details."""
    text = str(render(BODY, Place(("line 3",), 3)))

    assert Outline(text).open == []
    assert "<script" not in text
    assert "<img" not in text
    assert 'href="javascript' not in text
    assert "&lt;script&gt;" in text
    assert text.count("<details>") == text.count("</details>") == 1
    assert "</article>" not in text


def test_details_that_are_never_closed_are_closed():
    """What follows a body is not swallowed by it."""
    assert str(render("<details><summary>x</summary>\n\nmore\n")).count("</details>") == 1


def test_a_suggestion_is_drawn_as_a_diff():
    """The lines it replaces in red, the new ones in green, numbered, with the differing words marked."""
    text = str(render("````suggestion\nname = b\n````", Place(("name = a",), 7)))

    assert '<tr class="deleted"><td class="number">7</td>' in text
    assert "name = <mark>a</mark>" in text
    assert "name = <mark>b</mark>" in text
    assert changed_words("a<b", "a>b") == ("a<mark>&lt;</mark>b", "a<mark>&gt;</mark>b")


def test_comments_whose_line_is_gone_are_shown_all_the_same(there: World):
    """An outdated thread stands above its file's diff and says so."""
    there.client().get_repo("acme/shop").get_pull(1).create_review(
        body="x",
        event="COMMENT",
        comments=[{"path": "app.py", "line": 3, "side": "RIGHT", "body": "Old talk"}],
    )
    push_files(there.state, there.repository, "feature", {"app.py": HEAD.replace("three", "3rd")})

    text = page(there, "pull/1")

    assert "Old talk" in text
    assert "outdated" in text


def test_the_other_pages(there: World):
    """Commits, comparisons, check runs, files and lists have pages; links in bodies lead somewhere."""
    client = there.client()
    run = client.get_repo("acme/shop").create_check_run("Suture", there.pull.head_sha)
    base, head = there.pull.base_sha, there.pull.head_sha
    pages = [f"commit/{head}", f"compare/{base}...feature", f"runs/{run.id}", "pull/1/files"]
    for path in pages:
        assert Outline(page(there, path)).headings[0] == 1

    assert page(there, f"blob/{head}/app.py") == HEAD
    assert "Change lines" in requests.get(f"{there.server.url}/", timeout=30).text
    for path in ("pull/9", "commit/none", f"compare/{base}..{head}", "runs/1", "issues/1", "blob/main/none"):
        assert requests.get(f"{there.server.url}/acme/shop/{path}", timeout=30).status_code == 404


def test_names_are_text(there: World):
    """Titles, branches and file names of a stranger are shown, not carried out."""
    there.pull.title = "<b>bold</b>"
    push_files(there.state, there.repository, "feature", {"<i>x.py": "<u>\n", "a\n.txt": "x"})

    text = page(there, "pull/1")

    assert "<b>bold</b>" not in text
    assert "<i>x.py" not in text
    assert "<u>" not in text


def test_a_flowchart_is_drawn_and_any_other_diagram_shown():
    """Boxes with the code's own words, which do nothing; what is not understood is code."""
    way = (FlowStep("a.py", 3, 'x = "<b>&amp;"'), *(FlowStep("a.py", number, "y") for number in range(4, 9)))

    drawn = str(render(flowchart(way, "a.py")))

    assert Outline(drawn).open == []
    assert "<li><span>line 3<br>x = &quot;&lt;b&gt;&amp;amp;&quot;</span></li>" in drawn
    assert drawn.count("<li>") == 4
    assert '<span class="quiet">2 more steps</span>' in drawn
    assert "<pre" in str(render('```mermaid\npie\n  n0["<b>"]\n```'))
