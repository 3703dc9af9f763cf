"""The Helm chart, rendered by Helm's own engine and held to Kubernetes's published schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes_validate import validate

from bot import __version__
from bot.sandbox.kubernetes.policies import network_policy, role

helm = pytest.importorskip("helm_python", reason="Helm's engine has no package for this machine")

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "suture"
VERSIONS = ("1.30", "1.36")
Json = dict[str, Any]
LEAST: Json = {
    "image": {"repository": "registry.acme.example/suture"},
    "existingSecret": "suture",
    "clientId": "Iv23li",
}
MOST: Json = {
    **LEAST,
    "moreSecrets": ["model-key", "client-secret", "metrics-token", "webhook-secret-previous"],
    "settings": {"SUTURE_BUDGET_DAY": "$50", "SUTURE_SAMPLES": 3},
    "autoscaling": {"enabled": True},
    "sandbox": {"kind": "kubernetes", "environmentsClaim": "environments"},
    "ingress": {"enabled": True, "className": "nginx", "host": "suture.acme.example", "tlsSecret": "tls"},
    "networkPolicy": {
        "ingressFrom": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}],
        "metricsFrom": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}],
        "database": {"to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}]},
        "kubernetesApi": {"to": [{"ipBlock": {"cidr": "10.2.0.1/32"}}]},
    },
    "monitoring": {"enabled": True, "labels": {"release": "prometheus"}},
}


@pytest.fixture(scope="module")
def chart() -> Iterator[Any]:
    with helm.Chart.load(CHART) as one:
        yield one


def rendered(chart: Any, values: Json) -> list[Json]:
    """Every manifest of a release named `acme`."""
    chart.validate_schema(values)
    files = chart.render(values, name="acme", namespace="suture")
    texts = [text for name, text in files.items() if name.endswith(".yaml")]
    return [one for text in texts for one in yaml.safe_load_all(text) if one]


def of_kind(manifests: list[Json], kind: str, end: str = "") -> Json:
    (found,) = [one for one in manifests if one["kind"] == kind and one["metadata"]["name"].endswith(end)]
    return found


def pods(manifests: list[Json]) -> list[Json]:
    """The pod specifications, whoever makes the pods."""
    made = [one["spec"]["template"]["spec"] for one in manifests if one["kind"] in {"Deployment", "Job"}]
    return made + [one["spec"] for one in manifests if one["kind"] == "Pod"]


@pytest.mark.parametrize("values", [LEAST, MOST], ids=["least", "most"])
@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_it(chart: Any, values: Json, version: str) -> None:
    """Every manifest is of its schema, without fields that are not known; no two have the same name."""
    manifests = rendered(chart, values)

    for one in manifests:
        if one["apiVersion"] != "monitoring.coreos.com/v1":  # an operator's own kind
            validate(one, version, strict=True)
    names = [(one["kind"], one["metadata"]["name"]) for one in manifests]
    assert len(names) == len(set(names)) >= 9


def test_helm_finds_nothing_to_say(chart: Any) -> None:
    """Not even a warning of its lint, and the chart is of this version of Suture."""
    found = helm.lint(CHART, values=MOST)

    assert (found["total_charts_linted"], found["errors"]) == (1, [])
    assert [one for one in found["messages"] if one["severity"] > 1] == []  # 1: what it recommends
    assert chart.metadata["appVersion"] == __version__


@pytest.mark.parametrize("values", [LEAST, MOST], ids=["least", "most"])
def test_no_pod_may_more_than_it_has_to(chart: Any, values: Json) -> None:
    """Not root, nothing to gain, a root that cannot be written, a filter of calls, limits of memory."""
    manifests = rendered(chart, values)

    assert len(pods(manifests)) == 4
    for pod in pods(manifests):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"]["type"] in {"RuntimeDefault", "Localhost"}
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False
            assert security["readOnlyRootFilesystem"] is True
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("values", [LEAST, MOST], ids=["least", "most"])
def test_secrets_are_files(chart: Any, values: Json) -> None:
    """No variable holds one, no manifest makes one; who migrates sees the database's alone."""
    manifests = rendered(chart, values)
    variables = [one for pod in pods(manifests) for c in pod["containers"] for one in c.get("env", [])]

    assert "Secret" not in {one["kind"] for one in manifests}
    assert all(isinstance(one["value"], str) for one in variables)
    files = [one["value"] for one in variables if one["name"].endswith("_PATH")]
    assert all(one.startswith("/secrets/") for one in files)
    (secret,) = [
        one["secret"]
        for one in of_kind(manifests, "Job")["spec"]["template"]["spec"]["volumes"]
        if "secret" in one
    ]
    assert [one["key"] for one in secret["items"]] == ["database-url"]


def test_each_pod_gets_the_secrets_it_reads(chart: Any) -> None:
    """No more than the variables of its container name: the web server holds no model's key."""
    for values in (LEAST, MOST):
        manifests = rendered(chart, values)
        for end in ("web", "worker"):
            pod = of_kind(manifests, "Deployment", end)["spec"]["template"]["spec"]
            (secret,) = [one["secret"] for one in pod["volumes"] if "secret" in one]
            env = pod["containers"][0]["env"]
            read = {one["value"].rpartition("/")[2] for one in env if one["name"].endswith("_PATH")}
            assert {one["key"] for one in secret["items"]} == read
            assert end == "worker" or "model-key" not in read


def test_every_variable_is_a_setting(chart: Any) -> None:
    """What the pods are given stands in the README's table."""
    known = (Path(__file__).parents[2] / "README.md").read_text()
    manifests = rendered(chart, MOST)
    names = {one["name"] for pod in pods(manifests) for c in pod["containers"] for one in c.get("env", [])}

    assert len(names) > 10
    assert [one for one in sorted(names) if f"`{one}`" not in known] == []


def test_only_deliveries_come_in(chart: Any) -> None:
    """The ingress has one path; policies name who comes in, and leave the node's own services out."""
    manifests = rendered(chart, MOST)
    (rule,) = of_kind(manifests, "Ingress")["spec"]["rules"]
    web = of_kind(manifests, "NetworkPolicy", "-web")["spec"]
    worker = of_kind(manifests, "NetworkPolicy", "-worker")["spec"]

    assert [(one["path"], one["pathType"]) for one in rule["http"]["paths"]] == [
        ("/webhooks/github", "Exact")
    ]
    assert len(web["ingress"][0]["from"]) == 2
    assert [one["port"] for one in worker["ingress"][0]["ports"]] == ["metrics"]
    assert len(worker["ingress"][0]["from"]) == 1
    assert of_kind(rendered(chart, LEAST), "NetworkPolicy", "-worker")["spec"]["ingress"] == []
    assert [one["ports"][0]["port"] for one in worker["egress"]] == [53, 5432, 443, 6443]
    assert "169.254.0.0/16" in worker["egress"][2]["to"][0]["ipBlock"]["except"]
    assert all(one.get("to") for one in worker["egress"][1:])


def test_runs_have_no_network_and_the_worker_no_more_rights(chart: Any) -> None:
    """The chart says the same as `python -m bot.sandbox.kubernetes`; without it nobody gets a token."""
    manifests = rendered(chart, MOST)
    policy, rights = network_policy("suture-sandbox"), role("suture-sandbox")

    assert of_kind(manifests, "NetworkPolicy", "suture-sandbox")["spec"] == policy["spec"]
    assert of_kind(manifests, "Role")["rules"] == rights["rules"]
    least = rendered(chart, LEAST)
    assert {one["kind"] for one in least} & {"Role", "RoleBinding", "ClusterRole"} == set()
    assert [one["automountServiceAccountToken"] for one in pods(least)] == [False] * 4


def test_workers_grow_with_the_queue(chart: Any) -> None:
    """Then nobody else sets their number."""
    manifests = rendered(chart, MOST)
    (metric,) = of_kind(manifests, "HorizontalPodAutoscaler")["spec"]["metrics"]

    assert metric["external"]["metric"]["name"] == "suture_queue_depth"
    assert "replicas" not in of_kind(manifests, "Deployment", "-worker")["spec"]
    assert of_kind(rendered(chart, LEAST), "Deployment", "-worker")["spec"]["replicas"] == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"existingSecret": ""},
        {"image": {"repository": "x", "digest": "latest"}},
        {"sandbox": {"kind": "none"}},
        {"webhookSecret": "in the values"},
        {"settings": {"SUTURE_WEBHOOK_SECRET": "in the values"}},
        {"settings": {"LD_PRELOAD": "x"}},
        {"ingress": {"enabled": True}},
        {"monitoring": {"enabled": True}},
        {"moreSecrets": ["shop"]},
    ],
    ids=json.dumps,
)
def test_wrong_values_are_refused(chart: Any, wrong: Json) -> None:
    """By the schema, before anything reaches the cluster: also secrets that stand in the values."""
    with pytest.raises(helm.HelmError):
        chart.validate_schema({**LEAST, **wrong})


def test_the_values_are_told(chart: Any) -> None:
    """Whatever a template asks for has a default."""
    asked = {
        one
        for path in CHART.rglob("templates/**/*")
        if path.is_file()
        for one in re.findall(r"\$?\.Values\.([A-Za-z.]+)", path.read_text())
    }
    for one in sorted(asked):
        value: Any = chart.values
        for part in one.split("."):
            assert part in value, one
            value = value[part]
