"""What the tests of the Kubernetes sandbox start from: a cluster's choices, a placement, a client."""

from __future__ import annotations

from pathlib import Path

from lightkube import Client, KubeConfig
from lightkube.config.models import Cluster as Server
from lightkube.config.models import User

from bot.sandbox.kubernetes.cluster import Cluster, Owner
from bot.sandbox.kubernetes.executor import Kubernetes
from bot.sandbox.kubernetes.manifest import Placement
from tests.fakes.kubernetes_api import NAMESPACE, TOKEN, FakeCluster

PLACEMENT = Placement("suture-run-1", 212345, Owner("worker-1", "abc"))


def choices(pool: Path | None = None, runtime_class: str = "gvisor") -> Cluster:
    return Cluster(NAMESPACE, "registry.test/suture:1", runtime_class, "environments" if pool else "", pool)


def kubernetes(
    server: FakeCluster, cluster: Cluster | None = None, token: str = TOKEN, worker: str = "worker-1"
) -> Kubernetes:
    """The sandbox, talking to this server with the real client."""

    def connecting() -> Client:
        at = Server(server=server.url)
        config = KubeConfig.from_one(cluster=at, user=User(token=token), namespace=NAMESPACE)
        return Client(config, trust_env=False)

    return Kubernetes(cluster or choices(), connecting, worker)
