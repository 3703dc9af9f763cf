"""How each path of the host that a command asks for comes into a pod, or that it cannot."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bot.errors import EnvironmentUnavailable
from bot.sandbox import MIB
from bot.sandbox.kubernetes.cluster import Cluster
from bot.sandbox.launch import real_path

IN_IMAGE = tuple(map(Path, ("/usr", "/bin", "/sbin", "/lib", "/lib64")))
ENVIRONMENTS = "envs"  # the only folder of the pool that a pod may see
MOST_SENT = 32 * MIB


@dataclass(frozen=True, slots=True)
class Provision:
    """What is not in the image. Places are paths inside the pod, parents before what lies in them."""

    claimed: tuple[tuple[Path, str], ...] = ()  # (place, path inside the claim)
    sent: tuple[tuple[Path, Path], ...] = ()  # (place, path on this host)


def provide(read_only: tuple[Path, ...], cluster: Cluster) -> Provision:
    """Sort the paths by how they come.

    Raises EnvironmentUnavailable for one that cannot, InputError for one that does not exist.
    """
    claimed: list[tuple[Path, str]] = []
    sent: list[tuple[Path, Path]] = []
    room = MOST_SENT
    for place in sorted(set(read_only)):
        if any(map(place.is_relative_to, IN_IMAGE)):
            continue
        real = real_path(place)
        if (inside := _inside_claim(real, cluster)) is not None:
            claimed.append((place, inside))
            continue
        room -= _size(real, room)
        if room < 0:
            raise EnvironmentUnavailable(_too_large(place, cluster))
        sent.append((place, real))
    return Provision(tuple(claimed), tuple(sent))


def _inside_claim(real: Path, cluster: Cluster) -> str | None:
    if not cluster.claim or cluster.pool is None:
        return None
    pool = cluster.pool.resolve()
    if not real.is_relative_to(pool / ENVIRONMENTS) or real == pool / ENVIRONMENTS:
        return None
    return str(real.relative_to(pool))


def _size(path: Path, most: int) -> int:
    """Bytes below it; counting ends once there are more than `most`."""
    if not path.is_dir():
        return path.stat().st_size
    total = 0
    for folder, _, names in os.walk(path):
        total += sum(os.lstat(Path(folder, name)).st_size for name in names)
        if total > most:
            break
    return total


def _too_large(place: Path, cluster: Cluster) -> str:
    advice = "have it in the image below /usr"
    if not cluster.claim:
        advice += ", or name the claim with the environments in SUTURE_KUBERNETES_ENVIRONMENTS_CLAIM"
    return (
        f"{place} cannot be shown to a pod: it is neither in the image nor on the environments' claim, and "
        f"with what else is asked for it is more than {MOST_SENT // MIB} MiB to send along; {advice}."
    )
