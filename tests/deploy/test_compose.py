"""compose.yaml: read by the specification's own types, and held to what the rest of the house says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "compose.yaml"
OURS = ("web", "worker")
Json = dict[str, Any]


@pytest.fixture(scope="module")
def told() -> Json:
    return dict(yaml.safe_load(FILE.read_text()))


def test_it_is_compose(told: Json) -> None:
    """Of the specification's schema; every network, volume and secret that is used is declared."""
    plain = yaml.safe_dump({key: value for key, value in told.items() if not key.startswith("x-")})
    compose = PyCompose.from_yaml(plain.replace("${SUTURE_IMAGE:-suture}", "suture"))

    compose.validate()
    assert sorted(compose.service_names()) == ["postgres", "web", "worker"]


@pytest.mark.parametrize("name", OURS)
def test_nobody_may_more_than_he_has_to(told: Json, name: str) -> None:
    """No capability, nothing to gain, a root that cannot be written, limits; only the worker's profile."""
    service = told["services"][name]

    assert (service["cap_drop"], service["read_only"]) == (["ALL"], True)
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert ("seccomp=./seccomp/suture.json" in service["security_opt"]) == (name == "worker")
    assert not service.get("privileged")


def test_secrets_are_files(told: Json) -> None:
    """No secret stands in a variable; each is handed only to who needs it, and git does not take them."""
    services = told["services"]
    readme = (ROOT / "README.md").read_text()
    for name in OURS:
        paths = services[name]["environment"]
        assert {one.removeprefix("/run/secrets/") for one in paths.values()} == set(services[name]["secrets"])
        assert [one for one in paths if f"`{one}`" not in readme] == []
    assert "model-key" not in services["web"]["secrets"]
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    assert all(one["file"].startswith("./secrets/") for one in told["secrets"].values())


def test_the_database_is_not_outside(told: Json) -> None:
    """Postgres has no port and a network without a way out; deliveries come by loopback, TLS before that."""
    services, networks = told["services"], told["networks"]

    assert "ports" not in services["postgres"]
    assert [networks[one] for one in services["postgres"]["networks"]] == [{"internal": True}]
    assert services["web"]["ports"] == ["127.0.0.1:8080:8080"]


def test_the_example_is_of_settings() -> None:
    """What .env.example names stands in the README's table, and none of it is a secret."""
    lines = (ROOT / "deploy" / ".env.example").read_text().splitlines()
    names = [line.lstrip("# ").partition("=")[0] for line in lines if "=" in line]
    readme = (ROOT / "README.md").read_text()

    assert len(names) > 3
    assert [one for one in names if f"`{one}`" not in readme] == []
    assert not [one for one in names if "SECRET" in one or "KEY" in one]
