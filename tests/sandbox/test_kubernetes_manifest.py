"""The Job of a run isolates it as promised and is what API servers of several versions take."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kubernetes_validate import validate

from bot.errors import InputError
from bot.sandbox import MIB, Command, Limits
from bot.sandbox.kubernetes.manifest import job_manifest
from bot.sandbox.kubernetes.pod import read_pod
from bot.sandbox.kubernetes.policies import network_policy, role
from bot.sandbox.kubernetes.provide import Provision
from tests.fakes.kubernetes_node import expand
from tests.fakes.kubernetes_runs import PLACEMENT, choices

VERSIONS = ("1.30.0", "1.32.0", "1.34.0", "1.37.0")
PROVISION = Provision(
    claimed=((Path("/cache/environments/envs/k1"), "envs/k1"),),
    sent=((Path("/opt/inside"), Path("/opt/inside")), (Path("/srv/one.py"), Path("/srv/one.py"))),
)


def rendered(*argv: str, limits: Limits = Limits(), provision: Provision = PROVISION) -> dict[str, Any]:
    command = Command(argv or ("true",), Path("/nowhere"), limits=limits)
    return job_manifest(command, PLACEMENT, choices(Path("/cache/environments")), provision)


def pod_of(job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = job["spec"]["template"]["spec"]
    return found


def containers(job: dict[str, Any]) -> dict[str, dict[str, Any]]:
    pod = pod_of(job)
    return {one["name"]: one for one in (*pod["initContainers"], *pod["containers"])}


@pytest.mark.parametrize("version", VERSIONS)
def test_schema(version: str) -> None:
    """No version of the API sees a field it does not know, or lacks one."""
    for manifest in (rendered(), rendered(provision=Provision()), network_policy("runs"), role("runs")):
        validate(manifest, version, strict=True)


def test_same_run_same_manifest() -> None:
    """Rendering depends on its arguments alone."""
    assert rendered() == rendered()


def test_every_container_is_confined() -> None:
    """Nothing in the pod is root, gains privileges, writes to its image, has a token or a cluster's name."""
    job = rendered()
    pod = pod_of(job)

    assert pod["runtimeClassName"] == "gvisor"
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["shareProcessNamespace"] is False
    assert pod["dnsPolicy"] == "None"
    assert not {"hostNetwork", "hostPID", "hostIPC", "serviceAccountName"} & set(pod)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in containers(job).values():
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "env" not in container
        assert set(container["resources"]["limits"]) == {"cpu", "memory", "ephemeral-storage"}


def test_what_can_be_written_is_memory_with_a_size() -> None:
    """Every volume is capped memory, or the claim read-only; no path of a node is mounted."""
    volumes = {one.pop("name"): one for one in pod_of(rendered(limits=Limits(work=8 * MIB)))["volumes"]}

    claim = volumes.pop("environments")
    assert claim == {"persistentVolumeClaim": {"claimName": "environments", "readOnly": True}}
    for volume in volumes.values():
        assert volume["emptyDir"]["medium"] == "Memory"
        assert int(volume["emptyDir"]["sizeLimit"]) > 0
    assert volumes["tree"]["emptyDir"]["sizeLimit"] == str(8 * MIB)


def test_payload_sees_neither_source_nor_door() -> None:
    """The payload has its copy and read-only environments; what the keeper compares with is not there."""
    found = containers(rendered())
    mounts = {one["mountPath"]: one for one in found["payload"]["volumeMounts"]}

    assert set(mounts) == {
        *("/tree", "/tmp", "/out", "/streams"),
        *("/cache/environments/envs/k1", "/opt/inside", "/srv/one.py"),
    }
    assert mounts["/cache/environments/envs/k1"]["subPath"] == "envs/k1"
    assert [mounts[place]["subPath"] for place in ("/opt/inside", "/srv/one.py")] == ["0", "1"]
    assert all(mounts[place].get("readOnly") for place in mounts if place.count("/") > 1)
    assert all(one["readOnly"] for one in found["keeper"]["volumeMounts"])
    assert "environments" not in {one["name"] for one in found["receive"]["volumeMounts"]}


def test_no_claim_no_volume_of_it() -> None:
    """A run that needs no environment has none."""
    names = {one["name"] for one in pod_of(rendered(provision=Provision()))["volumes"]}

    assert "environments" not in names


def test_ends_without_the_bot() -> None:
    """A Job whose bot died ends by its deadline, is never tried again and removes itself."""
    spec = rendered(limits=Limits(wall=7.5))["spec"]

    assert spec["backoffLimit"] == 0
    assert 7.5 < spec["activeDeadlineSeconds"] < 1000
    assert spec["ttlSecondsAfterFinished"] <= 300
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


@pytest.mark.parametrize("word", ["$(PATH)", "$$(PATH)", "$", "$$", "a$(B", "$(PATH)$(PATH)"])
def test_words_reach_the_payload_as_they_are(word: str) -> None:
    """A hostile file name cannot have the node put a variable of the pod into the command."""
    argv = containers(rendered("echo", word))["payload"]["command"]

    assert expand(argv[-1], {"PATH": "/somewhere"}) == word


def test_word_that_json_cannot_carry() -> None:
    """A name that is not UTF-8 is refused, not mangled."""
    with pytest.raises(InputError, match="UTF-8"):
        rendered("cat", "caf\udce9")


def test_policy_lets_nothing_through() -> None:
    """The NetworkPolicy covers each run's pod in both directions and allows nothing."""
    policy, job = network_policy("runs")["spec"], rendered()
    labels = job["spec"]["template"]["metadata"]["labels"]

    assert policy["podSelector"]["matchLabels"].items() <= labels.items()
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy["ingress"] == policy["egress"] == []


def test_operator_gets_both_manifests() -> None:
    """`python -m bot.sandbox.kubernetes` prints a list that kubectl takes."""
    env = {"SUTURE_KUBERNETES_NAMESPACE": "elsewhere", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-m", "bot.sandbox.kubernetes"], env=env, capture_output=True, check=True
    )

    items = json.loads(done.stdout)["items"]
    assert [(one["kind"], one["metadata"]["namespace"]) for one in items] == [
        ("NetworkPolicy", "elsewhere"),
        ("Role", "elsewhere"),
    ]


def test_pod_states() -> None:
    """A pod is read as it is, from one without any status to one that failed as a whole."""
    new = read_pod({"metadata": {"name": "p"}})
    evicted = read_pod({"metadata": {"name": "p"}, "status": {"phase": "Failed", "reason": "Evicted"}})
    ended = {"name": "payload", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}
    over = read_pod({"metadata": {"name": "p"}, "status": {"phase": "Running", "containerStatuses": [ended]}})

    assert not new.container("payload").running
    assert new.obstacle() == ""
    assert "Evicted" in evicted.obstacle()
    assert (over.container("payload").exit_code, over.container("payload").reason) == (137, "OOMKilled")
