"""The units: systemd reads them, finds them tight, and lets the sandbox work."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.test_seccomp import ROOT, checked
from tests.flow.shop import need_sandbox

UNITS = ROOT / "deploy" / "systemd"
NAMES = ("suture-web.service", "suture-worker@.service")
EXPOSURE = {"suture-web.service": 15, "suture-worker@.service": 40}  # of 100, as systemd counts; 92 without

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed here")


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


def values(name: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", (UNITS / name).read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_systemd_reads_it(name: str, tmp_path: Path) -> None:
    """No unknown key, no value that is ignored; only the program is another, which is not installed here."""
    unit = tmp_path / name
    unit.write_text((UNITS / name).read_text().replace("/opt/suture/bin/suture", "/bin/true"))

    done = analyze("verify", "--man=no", str(unit))

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_tight(name: str) -> None:
    """By systemd's own measure of what a unit may do."""
    done = analyze("security", "--offline=true", f"--threshold={EXPOSURE[name]}", str(UNITS / name))

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_secrets_are_credentials(name: str) -> None:
    """Every secret is handed over as a file that only this unit sees, and none stands in a variable."""
    handed = {one.partition(":")[0] for one in values(name, "LoadCredential")}
    given = dict(
        pair.split("=", 1) for line in values(name, "Environment") for pair in line.split() if "_PATH" in pair
    )
    readme = (ROOT / "README.md").read_text()

    assert {one.removeprefix("%d/") for one in given.values()} == handed
    assert [one for one in given if f"`{one}`" not in readme] == []


def expanded(words: list[str]) -> set[str]:
    """The calls that these words of SystemCallFilter name, groups by systemd's own list."""
    found: set[str] = set()
    for word in words:
        if not word.startswith("@"):
            found.add(word)
            continue
        listed = analyze("syscall-filter", word).stdout.splitlines()
        found |= expanded([line.strip() for line in listed[1:] if line.strip() and "#" not in line])
    return found


def test_the_sandbox_works_in_the_workers_unit(tmp_path: Path) -> None:
    """With the unit's filter of calls put on by libseccomp as systemd does, every probe holds."""
    need_sandbox()
    allowed: set[str] = set()
    for line in values("suture-worker@.service", "SystemCallFilter"):
        words = line.removeprefix("~").split()
        allowed = allowed - expanded(words) if line.startswith("~") else allowed | expanded(words)
    profile = tmp_path / "profile.json"
    rule = {"names": sorted(allowed), "action": "SCMP_ACT_ALLOW"}
    told = {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1, "syscalls": [rule]}
    profile.write_text(json.dumps(told))

    assert {"mount", "unshare", "seccomp"} <= allowed
    assert not {"bpf", "keyctl", "ptrace", "init_module", "reboot"} & allowed
    assert checked(profile) == (0, "namespaces\n", "")
