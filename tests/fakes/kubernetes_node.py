"""Runs a pod's containers on this machine: bubblewrap in place of a container runtime, folders for volumes.

What a kubelet enforces by cgroups or by the sizes of volumes is not there.
"""

from __future__ import annotations

import re
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]
SYSTEM = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "KUBERNETES_PORT": "443"}


@dataclass
class Node:
    """How this node behaves."""

    claims: dict[str, Path] = field(default_factory=dict)
    gvisor: bool = True
    network: bool = False  # containers share this machine's network
    image: bool = True  # the image can be pulled
    out_of_memory: bool = False  # a container that was killed had used up its memory
    holds_pods: bool = True  # pods find a place here


def expand(word: str, variables: dict[str, str]) -> str:
    """$(NAME) as the kubelet reads it in a command: $$ is a dollar, an unknown name stays as it is."""

    def value(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        return variables.get(found[1], found[0])

    return re.sub(r"\$\$|\$\(([^)]*)\)", value, word)


class Pod:
    """One pod: `start`, then `status` as often as one likes, `popen` for an exec, `kill`."""

    def __init__(self, name: str, template: Json, folder: Path, node: Node) -> None:
        self.name, self.labels, self.spec = name, template["metadata"]["labels"], template["spec"]
        self._folder, self._node = folder, node
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._extra: list[subprocess.Popen[bytes]] = []
        self._lock, self._dead, self._problem = threading.Lock(), False, ""
        self._volumes = {one["name"]: self._volume(one) for one in self.spec["volumes"]}
        self._thread = threading.Thread(target=self._live)

    def _volume(self, volume: Json) -> Path:
        if "emptyDir" in volume:
            folder: Path = self._folder / volume["name"]
            folder.mkdir(parents=True)
            folder.chmod(0o777)
            return folder
        name: str = volume["persistentVolumeClaim"]["claimName"]
        return self._node.claims[name]

    def start(self) -> None:
        if self._node.image:
            self._thread.start()

    def _live(self) -> None:
        for container in self.spec["initContainers"]:
            if (process := self._begin(container)) is None or process.wait() != 0:
                return
        begun = [self._begin(container) for container in self.spec["containers"]]
        for process in begun:  # bubblewrap dies with the thread that started it
            if process is not None:
                process.wait()

    def _begin(self, container: Json) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._dead:
                return None
            words = [expand(word, SYSTEM) for word in container["command"]]
            process = subprocess.Popen(
                self._bwrap(container, words),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
            )
            self._processes[container["name"]] = process
            return process

    def popen(self, name: str, argv: list[str]) -> subprocess.Popen[bytes]:
        """A further program in a running container."""
        everything = [*self.spec["initContainers"], *self.spec["containers"]]
        container = next(one for one in everything if one["name"] == name)
        pipe = subprocess.PIPE
        with self._lock:
            process = subprocess.Popen(
                self._bwrap(container, argv), stdin=pipe, stdout=pipe, stderr=pipe, env={}
            )
            self._extra.append(process)
            return process

    def is_running(self, name: str) -> bool:
        process = self._processes.get(name)
        return process is not None and process.poll() is None

    def _bwrap(self, container: Json, argv: list[str]) -> list[str]:
        user, security = str(self.spec["securityContext"]["runAsUser"]), container["securityContext"]
        words = ["bwrap", "--unshare-all", "--unshare-user", "--uid", user, "--gid", user, "--new-session"]
        words += ["--die-with-parent", "--as-pid-1", "--clearenv", "--hostname", self.spec["hostname"]]
        words += ["--share-net"] if self._node.network else []
        words += ["--cap-drop", "ALL"] if security["capabilities"] == {"drop": ["ALL"]} else []
        for name, value in SYSTEM.items():
            words += ["--setenv", name, value]
        words += ["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev"]
        for name in ("bin", "sbin", "lib", "lib64"):
            words += ["--symlink", f"usr/{name}", f"/{name}"]
        for name in ("ld.so.cache", "alternatives"):
            words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
        words += ["--ro-bind", str(self._kernel_log()), "/usr/bin/dmesg"]
        for mount in container["volumeMounts"]:
            place = self._volumes[mount["name"]] / mount.get("subPath", "")
            words += ["--ro-bind" if mount.get("readOnly") else "--bind", str(place), mount["mountPath"]]
        words += ["--remount-ro", "/"] if security["readOnlyRootFilesystem"] else []
        return [*words, "--chdir", container["workingDir"], "--", *argv]

    def _kernel_log(self) -> Path:
        program = self._folder / "dmesg"
        says = "Starting gVisor..." if self._node.gvisor else "Linux version 6.1"
        if not program.exists():
            program.write_text(f"#!/bin/sh\necho '[    0.000000] {says}'\n")
            program.chmod(0o755)
        return program

    def status(self) -> Json:
        """As the API server tells it."""
        return {
            "phase": "Running" if self._processes else "Pending",
            "initContainerStatuses": [self._state(one["name"]) for one in self.spec["initContainers"]],
            "containerStatuses": [self._state(one["name"]) for one in self.spec["containers"]],
        }

    def _state(self, name: str) -> Json:
        process = self._processes.get(name)
        state: Json
        if process is None:
            reason = "PodInitializing" if self._node.image else "ErrImagePull"
            state = {"waiting": {"reason": reason}}
        elif (code := process.poll()) is None:
            state = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
        else:
            code = 128 - code if code < 0 else code
            killed = code == 137 and self._node.out_of_memory
            reason = "OOMKilled" if killed else "Completed" if code == 0 else "Error"
            state = {"terminated": {"exitCode": code, "reason": reason}}
        base = {"name": name, "image": "i", "imageID": "", "ready": False, "restartCount": 0}
        return {**base, "state": state}

    def kill(self) -> None:
        with self._lock:
            self._dead = True
            running = [*self._processes.values(), *self._extra]
        for process in running:
            process.kill()
            process.wait()
        if self._thread.is_alive():
            self._thread.join()
