"""GitHub's JSON read into records; only what is used, and an answer without it is an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot.diff.parse import BINARY, parse_patch
from bot.errors import ForgeError
from bot.forge.markers import Marker, find
from bot.forge.writes import Note, OwnComment, PullState
from bot.records import ChangedFile
from bot.records.commands import read_words

EMPTY_BLOBS = frozenset(
    {
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    }
)
TOO_LARGE = "The change of this file is too large for GitHub to show. Split it to have it reviewed."


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as the API gives it."""

    repository: str
    repository_id: int
    is_open: bool
    head_sha: str
    head_ref: str
    head_repository: str | None  # None when the fork was deleted
    base_sha: str
    base_ref: str
    author: str  # login; "" for an account that is gone
    changed_files: int
    labels: tuple[str, ...]
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands on a pull request, and the markers of our reviews in it with their addresses."""

    state: PullState
    reviews: tuple[tuple[Marker, str], ...]


@contextmanager
def understood(what: str) -> Iterator[None]:
    """Turns an answer of another shape into a ForgeError."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as exc:
        raise ForgeError(
            f"GitHub's answer about {what} is not understood ({type(exc).__name__}: {exc})."
        ) from exc


def read_pull(answer: Any) -> Pull:
    """From `GET pulls/N`."""
    with understood("the pull request"):
        head, base = answer["head"], answer["base"]
        return Pull(
            repository=base["repo"]["full_name"],
            repository_id=base["repo"]["id"],
            is_open=answer["state"] == "open",
            head_sha=head["sha"],
            head_ref=head["ref"],
            head_repository=head["repo"]["full_name"] if head["repo"] else None,
            base_sha=base["sha"],
            base_ref=base["ref"],
            author=(answer["user"] or {}).get("login", ""),
            changed_files=answer["changed_files"],
            labels=tuple(one["name"] for one in answer["labels"]),
            is_draft=bool(answer.get("draft")),
        )


def read_file(answer: Any) -> tuple[ChangedFile, str]:
    """From an item of `GET pulls/N/files`: the file, and why GitHub shows no patch of it where it should."""
    with understood("a changed file"):
        path, status, patch = answer["filename"], answer["status"], answer.get("patch")
        file = parse_patch(path, status, patch, answer.get("previous_filename"))
        if patch or (status in {"removed", "renamed", "copied", "unchanged"} and not answer["changes"]):
            return file, ""
        if answer["changes"]:
            return file, TOO_LARGE
        return file, "" if answer.get("sha") in EMPTY_BLOBS else BINARY


def read_standing(answer: Any, external_id: str) -> tuple[Standing, str | None]:
    """From the query `pull_state`; with the cursor to the threads after the first hundred."""
    with understood("the state of the pull request"):
        repository = answer["repository"]
        pull = repository["pullRequest"]
        reviews = tuple(
            (marker, str(one.get("url") or ""))
            for one in pull["reviews"]["nodes"]
            if one["viewerDidAuthor"] and one["state"] != "PENDING" and (marker := find(one["body"]))
        )
        threads = pull["reviewThreads"]
        refs = (repository.get("refs") or {"nodes": []})["nodes"]
        state = PullState(
            head_sha=pull["headRefOid"],
            is_open=pull["state"] == "OPEN",
            own_comments=read_threads(threads),
            reviewed_heads=tuple(marker.head for marker, _ in reviews),
            check_run_id=_check_run(pull, external_id),
            fix_branches=tuple((f"suture/fix/{one['name']}", one["target"]["oid"]) for one in refs),
            repository_node=str(repository["id"]),
        )
        return Standing(state, reviews), _after(threads)


def read_threads(threads: Any) -> tuple[OwnComment, ...]:
    """Our own comments with a marker, each the first of its thread."""
    return tuple(own for one in threads["nodes"] if (own := _own(one)))


def _own(thread: Any) -> OwnComment | None:
    """The comment that begins a thread, if it is ours, with what came after it."""
    nodes = thread["comments"]["nodes"]
    marker = find(nodes[0]["body"]) if nodes and nodes[0]["viewerDidAuthor"] else None
    if marker is None or not marker.fingerprint:
        return None
    # What was not read in so long a thread is not all ours.
    by_people = [one for one in nodes if not one["viewerDidAuthor"] and _is_word_of_a_person(one)]
    notes = [(find(one["body"]), one) for one in nodes[1:] if one["viewerDidAuthor"]]
    return OwnComment(
        nodes[0]["databaseId"],
        marker.fingerprint,
        nodes[0]["body"],
        thread=thread["id"],
        is_resolved=thread["isResolved"],
        is_outdated=thread["isOutdated"],
        is_answered=bool(by_people) or thread["comments"]["totalCount"] > len(nodes),
        notes=tuple(Note(said.said, said.head, one["url"]) for said, one in notes if said and said.said),
    )


def _is_word_of_a_person(comment: Any) -> bool:
    """A command is none, as long as nothing follows it; who deleted his account was a person."""
    body = str(comment["body"]).strip()
    is_command = "\n" not in body and read_words(body) is not None
    return not is_command and (comment["author"] or {}).get("__typename") != "Bot"


def _after(threads: Any) -> str | None:
    page = threads["pageInfo"]
    return str(page["endCursor"]) if page["hasNextPage"] else None


def read_more_threads(answer: Any) -> tuple[tuple[OwnComment, ...], str | None]:
    """From the query `threads`."""
    with understood("the review threads"):
        threads = answer["repository"]["pullRequest"]["reviewThreads"]
        return read_threads(threads), _after(threads)


def _check_run(pull: Any, external_id: str) -> int | None:
    commits = [one["commit"] for one in pull["commits"]["nodes"]]
    suites = [suite for one in commits for suite in (one.get("checkSuites") or {"nodes": []})["nodes"]]
    runs = [run for suite in suites for run in suite["checkRuns"]["nodes"]]
    return next((int(run["databaseId"]) for run in runs if run["externalId"] == external_id), None)
