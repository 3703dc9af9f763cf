"""What an operator applies once beside the bot: no network for runs, and the few rights the bot needs."""

from __future__ import annotations

from typing import Any

from bot.sandbox.kubernetes.cluster import MANAGED

Json = dict[str, Any]
NAME = "suture-sandbox"


def network_policy(namespace: str) -> Json:
    """Nothing comes in and nothing goes out of a run's pod. Needs a network plugin that enforces policies."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": NAME, "namespace": namespace, "labels": MANAGED},
        "spec": {
            "podSelector": {"matchLabels": MANAGED},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [],
            "egress": [],
        },
    }


def role(namespace: str) -> Json:
    """All that the bot's own service account may do in the namespace of the runs; bind it there."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": NAME, "namespace": namespace, "labels": MANAGED},
        "rules": [
            {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "list", "delete"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
            # by websocket it is a get; newer servers ask for create as well
            {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create", "get"]},
        ],
    }


def operator_manifests(namespace: str) -> Json:
    """Both as one list that `kubectl apply -f -` takes."""
    return {"apiVersion": "v1", "kind": "List", "items": [network_policy(namespace), role(namespace)]}
