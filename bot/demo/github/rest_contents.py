"""REST: files, blobs and trees."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote

from bot.demo.github import git
from bot.demo.github.calls import Answer, ApiError, Call, Route, bad_request, not_found
from bot.demo.github.records import Json, Repository

_MAX_INLINE = 1_000_000  # bytes of a file that the contents API still writes as base64
_MAX_TREE = 100_000


def _listed(home: Repository, revision: str, *options: str) -> list[tuple[str, str, str, int, str]]:
    """(mode, kind, sha, size, path) of a tree's entries."""
    out = git.git(home.path, "ls-tree", "-z", "--long", "--full-tree", *options, revision).decode(
        errors="replace"
    )
    found = []
    for line in out.split("\0")[:-1]:
        facts, _, path = line.partition("\t")
        mode, kind, sha, size = facts.split()
        found.append((mode, kind, sha, 0 if size == "-" else int(size), path))
    return found


def _get_contents(call: Call) -> Answer:
    home, path = call.repository, call.args.get("path", "").strip("/")
    revision = git.resolve(home.path, call.query.get("ref") or home.default_branch)
    if revision is None:
        raise ApiError(404, f"No commit found for the ref {call.query.get('ref', '')}")
    kind = git.object_type(home.path, f"{revision}:{path}")
    if kind == "tree":
        entries = _listed(home, f"{revision}:{path}")
        return Answer(
            [_entry(call, one[1], one[2], one[3], f"{path}/{one[4]}".lstrip("/")) for one in entries]
        )
    content = git.read_file(home.path, revision, path) if kind == "blob" else None
    if content is None:
        raise not_found()
    if "raw" in call.headers.get("Accept", ""):
        return Answer(content, headers={"Content-Type": "application/vnd.github.raw; charset=utf-8"})
    sha = git.git(home.path, "rev-parse", f"{revision}:{path}").decode().strip()
    large = len(content) > _MAX_INLINE
    inline = {"encoding": "none", "content": ""} if large else _base64(content)
    return Answer(_entry(call, "blob", sha, len(content), path) | inline)


def _base64(content: bytes) -> Json:
    return {"encoding": "base64", "content": base64.encodebytes(content).decode()}


def _entry(call: Call, kind: str, sha: str, size: int, path: str) -> Json:
    home = call.repository
    api = f"{call.state.api}/repos/{home.full_name}"
    url = f"{api}/contents/{quote(path)}?ref={call.query.get('ref') or home.default_branch}"
    git_url = f"{api}/git/{kind}s/{sha}"
    html_url = f"{call.state.url}/{home.full_name}/blob/{home.default_branch}/{quote(path)}"
    return {
        "type": "dir" if kind == "tree" else "file",
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": size,
        "url": url,
        "git_url": git_url,
        "html_url": html_url,
        "download_url": None if kind == "tree" else html_url.replace("/blob/", "/raw/"),
        "_links": {"self": url, "git": git_url, "html": html_url},
    }


def _get_blob(call: Call) -> Answer:
    home, sha = call.repository, call.args["sha"]
    if git.object_type(home.path, sha) != "blob":
        raise not_found()
    content = git.git(home.path, "cat-file", "blob", sha)
    url = f"{call.state.api}/repos/{home.full_name}/git/blobs/{sha}"
    return Answer({"sha": sha, "node_id": f"B_{sha}", "size": len(content), "url": url} | _base64(content))


def _create_blob(call: Call) -> Answer:
    text = call.text("content", required=True) or ""
    try:
        content = base64.b64decode(text) if call.text("encoding") == "base64" else text.encode()
    except binascii.Error:
        raise bad_request("content is not valid Base64.") from None
    sha = git.git(call.repository.path, "hash-object", "-w", "--stdin", data=content).decode().strip()
    return Answer(
        {"sha": sha, "url": f"{call.state.api}/repos/{call.repository.full_name}/git/blobs/{sha}"}, 201
    )


def _get_tree(call: Call) -> Answer:
    home = call.repository
    if git.object_type(home.path, f"{call.args['sha']}^{{tree}}") != "tree":
        raise not_found()
    options = ("-r", "-t") if call.query.get("recursive") else ()
    return _tree(call, f"{call.args['sha']}^{{tree}}", *options)


def _tree(call: Call, revision: str, *options: str, status: int = 200) -> Answer:
    home = call.repository
    api = f"{call.state.api}/repos/{home.full_name}/git"
    sha = git.git(home.path, "rev-parse", revision).decode().strip()
    entries = _listed(home, sha, *options)
    shaped = [
        {"path": path, "mode": mode, "type": kind, "sha": one, "url": f"{api}/{kind}s/{one}"}
        | ({"size": size} if kind == "blob" else {})
        for mode, kind, one, size, path in entries[:_MAX_TREE]
    ]
    truncated = len(entries) > _MAX_TREE
    return Answer({"sha": sha, "url": f"{api}/trees/{sha}", "tree": shaped, "truncated": truncated}, status)


def _create_tree(call: Call) -> Answer:
    """A tree from a base and entries; `sha` null takes a file away."""
    home, base = call.repository, call.text("base_tree")
    if base is not None and git.object_type(home.path, f"{base}^{{tree}}") != "tree":
        raise ApiError(422, "base_tree is not a valid tree oid")
    lines = []
    for one in call.json.get("tree") or []:
        content = one.get("content")
        made = git.git(home.path, "hash-object", "-w", "--stdin", data=content.encode()) if content else b""
        sha = made.decode().strip() or one.get("sha")
        lines.append((one.get("mode", "100644") if sha else "0", sha or "0" * 40, one["path"]))
    return _tree(call, git.tree_with(home.path, base, lines), status=201)


_REPO = "/repos/<owner>/<repo>"
ROUTES = (
    Route("GET", f"{_REPO}/contents/", _get_contents, "contents:read"),
    Route("GET", f"{_REPO}/contents/<path:path>", _get_contents, "contents:read"),
    Route("GET", f"{_REPO}/git/blobs/<sha>", _get_blob, "contents:read"),
    Route("POST", f"{_REPO}/git/blobs", _create_blob, "contents:write"),
    Route("GET", f"{_REPO}/git/trees/<path:sha>", _get_tree, "contents:read"),
    Route("POST", f"{_REPO}/git/trees", _create_tree, "contents:write"),
)
