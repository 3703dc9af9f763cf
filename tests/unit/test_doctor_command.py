"""`suture doctor` as a command: exit code, JSON by its schema, and words for a person."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from bot.commands.doctor import command
from bot.doctor.checks.variables import known_variables, look
from bot.doctor.site import Site
from bot.settings import Settings
from tests.fakes.github import GitHubServer
from tests.flow.shop import need_sandbox
from tests.unit.test_doctor import PUBLIC, SCHEMA, Case


def doctor(tmp_path: Path, *args: str, **env: str) -> Result:
    """Run where nobody is asked and no sandbox is probed."""
    quiet = {
        "SUTURE_DATA": str(tmp_path / "data"),
        "SUTURE_CACHE": str(tmp_path / "cache"),
        "SUTURE_GITHUB_API_URL": "http://127.0.0.1:9/api/v3",
        "SUTURE_SANDBOX": "docker",
        "SUTURE_REVIEWER": "rules",
    }
    return CliRunner().invoke(command, args, env=quiet | env, catch_exceptions=False)


def test_json(tmp_path: Path):
    """Problems: exit code 1, and a document by the published schema."""
    done = doctor(tmp_path, "--json", SUTURE_COLOUR="blue", SUTURE_WEBHOOK_SECRET="of the doctor's command")

    told = json.loads(done.output)
    jsonschema.validate(told, json.loads(SCHEMA.read_text()))
    assert done.exit_code == 1
    assert told["conclusion"] == "problem"
    levels = {(one["check"], one["level"]) for one in told["checks"]}
    assert {("variables", "warning"), ("credentials", "problem"), ("api", "problem")} <= levels
    assert "of the doctor's command" not in done.output


def test_exit_codes(tmp_path: Path):
    """0 for a server that works, 2 where a check broke off and nothing worse was seen."""
    need_sandbox()
    with GitHubServer(tmp_path) as server:
        case = Case(server.state, tmp_path)
        key = tmp_path / "key.pem"
        key.write_text(case.app.private_key)
        env = {
            "SUTURE_CLIENT_ID": case.app.client_id,
            "SUTURE_PRIVATE_KEY_PATH": str(key),
            "SUTURE_WEBHOOK_SECRET": case.app.webhook_secret,
            "SUTURE_GITHUB_API_URL": server.state.api,
            "SUTURE_PUBLIC_URL": PUBLIC,
            "SUTURE_SANDBOX": "local",
        }
        well = doctor(tmp_path, **env)
        server.state.faults.add("GET", "/app/installations", 200, answer=b"[{}]")
        broken = doctor(tmp_path, **env)

    assert well.exit_code == 0, well.output
    assert broken.exit_code == 2, broken.output
    for secret in (case.app.webhook_secret, case.app.private_key.splitlines()[1]):
        assert secret not in well.output


def test_words(tmp_path: Path):
    """Each problem has a mark and what to do, and the end counts them."""
    output = doctor(tmp_path).output

    assert "Settings\n" in output
    assert "✗ credentials: There is no GitHub App" in output
    assert "→ Run `suture serve`" in output
    assert "3 problems, 1 warnings" in output


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_setting_that_cannot_be_read(tmp_path: Path, form: tuple[str, ...]):
    """A budget that is no budget is a problem like others, not a failure of the doctor."""
    done = doctor(tmp_path, *form, SUTURE_BUDGET_DAY="five dollars")

    assert done.exit_code == 1
    assert "SUTURE_BUDGET_DAY is 'five dollars'" in " ".join(done.output.split())


def test_variables_that_are_none():
    """What looks like a setting and is none is found; the settings, and their twins for files, are known."""
    names = ("SUTURE_COLOUR", "SUTURE_PORT", "SUTURE_WEBHOOK_SECRET_PATH", "OTHER")
    [told] = look(Site(Settings(), names))

    assert told.what.startswith("SUTURE_COLOUR is no setting")
    assert {"SUTURE_APP_ID", "SUTURE_MODEL_FIX", "SUTURE_BUDGET_DAY"} <= set(known_variables())
