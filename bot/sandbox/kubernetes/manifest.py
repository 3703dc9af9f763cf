"""The Job of one run, as the API server takes it. Pure: the same run gives the same manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.errors import InputError
from bot.sandbox import MIB, Command, Limits
from bot.sandbox.kubernetes.cluster import MANAGED, PROCESS, RUN, WORKER, Cluster, Owner
from bot.sandbox.kubernetes.provide import MOST_SENT, Provision
from bot.sandbox.kubernetes.scripts import PAYLOAD, WAIT
from bot.sandbox.policy import BASE_VARIABLES, OUT_SIZE

Json = dict[str, Any]
START = 180  # seconds for a node, the image and the containers' start
AROUND = 180  # seconds for the source's way in and the report's way out
KEPT = 60  # seconds that a Job stays after its end, should nobody have removed it
OWN_PROCESSES = 16  # those of the pod that are not the payload's; all count as the same user's
HELPER_MEMORY = 64 * MIB
ROOM = MIB  # beyond the flood, so that a full volume is seen to be a flood


@dataclass(frozen=True, slots=True)
class Placement:
    """What tells one run from another. `user` is a user id that no other run has at the time."""

    name: str
    user: int
    owner: Owner


def job_manifest(command: Command, placement: Placement, cluster: Cluster, provision: Provision) -> Json:
    """The Job. Raises InputError for a word of the command that JSON cannot carry."""
    labels = {
        **MANAGED,
        RUN: placement.name,
        WORKER: placement.owner.worker,
        PROCESS: placement.owner.process,
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": placement.name, "namespace": cluster.namespace, "labels": labels},
        "spec": {
            "activeDeadlineSeconds": START + int(command.limits.wall) + 1 + AROUND,
            "backoffLimit": 0,
            "completions": 1,
            "parallelism": 1,
            "ttlSecondsAfterFinished": KEPT,
            "template": {
                "metadata": {"labels": labels},
                "spec": _pod(command, placement, cluster, provision),
            },
        },
    }


def _pod(command: Command, placement: Placement, cluster: Cluster, provision: Provision) -> Json:
    limits = command.limits
    helper = _resources(2 * limits.work + MOST_SENT + HELPER_MEMORY)
    receive = ["/bin/sh", "-c", WAIT]
    keeper = ["sleep", str(START + int(limits.wall) + AROUND)]
    payload = ["/bin/sh", "-c", PAYLOAD, "payload", *_payload(command)]
    # The volumes' pages count as the payload's: its output is not to take from what its processes may use
    own = _resources(limits.memory + limits.flood + ROOM)
    return {
        "restartPolicy": "Never",
        "runtimeClassName": cluster.runtime_class,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "shareProcessNamespace": False,
        "terminationGracePeriodSeconds": 0,
        "hostname": "sandbox",
        "dnsPolicy": "None",
        "dnsConfig": {"nameservers": ["127.0.0.1"]},
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": placement.user,
            "runAsGroup": placement.user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumes": _volumes(limits, cluster, provision),
        "initContainers": [_container("receive", cluster, receive, helper, RECEIVE_MOUNTS)],
        "containers": [
            _container("keeper", cluster, keeper, helper, KEEPER_MOUNTS),
            _container("payload", cluster, payload, own, [*PAYLOAD_MOUNTS, *_shown(provision)]),
        ],
    }


def _mount(name: str, place: str, *, read_only: bool = False, part: str = "") -> Json:
    mount: Json = {"name": name, "mountPath": place}
    if read_only:
        mount["readOnly"] = True
    if part:
        mount["subPath"] = part
    return mount


RECEIVE_MOUNTS = [
    _mount("source", "/src"),
    _mount("sent", "/sent"),
    _mount("tree", "/tree"),
    _mount("handed", "/handed"),
]
PAYLOAD_MOUNTS = [_mount(name, f"/{name}") for name in ("tree", "tmp", "out", "streams")]
KEEPER_MOUNTS = [
    _mount("source", "/src", read_only=True),
    *(_mount(name, f"/{name}", read_only=True) for name in ("tree", "tmp", "out", "streams")),
]


def _shown(provision: Provision) -> list[Json]:
    claimed = [_mount("environments", str(place), read_only=True, part=at) for place, at in provision.claimed]
    sent = [
        _mount("sent", str(place), read_only=True, part=str(number))
        for number, (place, _) in enumerate(provision.sent)
    ]
    return [*claimed, *sent]


def _volumes(limits: Limits, cluster: Cluster, provision: Provision) -> list[Json]:
    sizes = {
        "source": limits.work,
        "tree": limits.work,
        "sent": 2 * MOST_SENT,  # many small files take more than their bytes
        "handed": MIB,
        "tmp": limits.tmp,
        "out": OUT_SIZE,
        "streams": limits.flood + ROOM,
    }
    volumes: list[Json] = [
        {"name": name, "emptyDir": {"medium": "Memory", "sizeLimit": str(size)}}
        for name, size in sizes.items()
    ]
    if provision.claimed:
        claim = {"claimName": cluster.claim, "readOnly": True}
        volumes.append({"name": "environments", "persistentVolumeClaim": claim})
    return volumes


def _resources(memory: int) -> Json:
    # The requests are what is kept free for a run, so memory is not lent twice; processor time may be
    storage = {"ephemeral-storage": str(64 * MIB)}
    return {
        "requests": {"cpu": "100m", "memory": str(memory), **storage},
        "limits": {"cpu": "1", "memory": str(memory), **storage},
    }


def _container(name: str, cluster: Cluster, argv: list[str], resources: Json, mounts: list[Json]) -> Json:
    return {
        "name": name,
        "image": cluster.image,
        "command": [_literal(word) for word in argv],
        "workingDir": "/tree" if name == "payload" else "/",
        "resources": resources,
        "volumeMounts": mounts,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def _literal(word: str) -> str:
    """The word as the kubelet has to be told it, which reads $(NAME) in a command as a variable."""
    try:
        word.encode()
    except UnicodeEncodeError as exc:
        raise InputError(f"A pod cannot be given the word {word!r}: it is not valid UTF-8.") from exc
    return word.replace("$", "$$")


def _payload(command: Command) -> list[str]:
    limits = command.limits
    fixed = {
        "core": 0,
        "fsize": limits.file,
        "memlock": 65536,
        "msgqueue": 0,
        "nofile": limits.open_files,
        "nproc": limits.processes + OWN_PROCESSES,
    }
    rules = [f"--cpu={limits.cpu}:{limits.cpu + 1}"]  # the soft one ends it by SIGXCPU, which shows
    rules += [f"--{name}={value}:{value}" for name, value in fixed.items()]
    variables = [f"{name}={value}" for name, value in {**BASE_VARIABLES, **command.variables}.items()]
    return ["prlimit", *rules, "/usr/bin/env", "-i", *variables, *command.argv]
