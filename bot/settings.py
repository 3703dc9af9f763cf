"""The operator's settings. Only this module reads the environment; others get `Settings` as an argument."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from bot.addresses import safe_address
from bot.ceilings import Budget, read_ceiling
from bot.errors import SettingsError
from bot.variables import count, days, number, secret, words

# Others' variables that we honour: the model's SDK's, the package index's, and where programs and files lie
INHERITED = ("ANTHROPIC_", "UV_", "PIP_", "AWS_", "GOOGLE_", "CLOUD_ML_", "SSL_CERT_", "HOME", "PATH", "XDG_")
MODEL_KEY = "ANTHROPIC_API_KEY"
PUBLIC_API = "https://api.github.com"
CONFIG_REPOSITORY = "{owner}/.github"
_REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")
STAGES = ("triage", "review", "judge", "test", "fix")  # of the model's work; a repository may choose models
OPERATORS_STAGES = (*STAGES, "variants")


class Secret:
    """A string that does not show itself in logs, reprs and tracebacks."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True)
class StageSettings:
    """Who works in one stage and how; "" for what holds in all stages."""

    model: str = ""
    effort: str = ""  # how hard it thinks: low … max
    thinking: str = ""  # adaptive, disabled, or a number of tokens


@dataclass(frozen=True, slots=True)
class Settings:
    """See the table in the README for what each is and its variable's name."""

    app_id: str = ""  # App id or client id: the JWT's issuer
    private_key: Secret | None = None
    webhook_secrets: tuple[Secret, ...] = ()  # the current one first, then the one being rotated out
    client_secret: Secret | None = None  # for people who sign in
    credentials: str = "file"  # where set-up stores what it was given: bot/credentials
    public_url: str = ""  # where GitHub and people reach this server
    github_api_url: str = PUBLIC_API
    data: Path = Path("suture-data")  # workspaces, environments and, by default, the database
    database_url: str = ""  # "" for SQLite in `data`
    host: str = "127.0.0.1"
    port: int = 8080
    cache: Path = Path(".cache/suture")  # environments that were built, shared by all uses
    python: str = ""  # interpreter for every repository's tests; "" to build one environment a repository
    reviewer: str = "auto"
    claude_via: str = "anthropic"  # or a cloud's name: bot/review/claude/clouds.py
    model: str = "claude-opus-5-5"
    effort: str = ""  # "" for the model's own; likewise below
    thinking: str = ""
    stages: Mapping[str, StageSettings] = field(default_factory=dict)  # by the names of `OPERATORS_STAGES`
    fallback: str = "client"  # who passes a refused request on: this program, or the service ("server")
    samples: int = 2  # independent reviews of one change
    budget: Budget = field(default_factory=Budget)
    model_fallback: tuple[str, ...] = ()  # asked, one after the other, when a stage's model refuses
    write_interval: float = 1.0  # seconds between writes to GitHub
    read_interval: float = 0.0
    concurrency: int = 2  # jobs side by side in one worker
    calls_per_minute: int = 0  # to models, of all workers; 0 for any number
    installation_concurrency: int = 2  # of one installation, in all workers
    allowed_accounts: tuple[str, ...] = ()  # logins whose deliveries are heeded; () for all
    keep_days: float = 90.0  # what ended
    keep_uninstalled_days: float = 30.0
    test_budget: float = 300.0  # seconds for one run of a repository's own tests
    sandbox: str = "local"  # or "kubernetes"
    kubernetes_namespace: str = "suture-sandbox"
    kubernetes_image: str = ""
    kubernetes_runtime_class: str = "gvisor"
    kubernetes_environments_claim: str = ""
    metrics_token: Secret | None = None  # whoever reads the numbers has to send it
    metrics_port: int = 0  # where a worker tells its own; 0 for nowhere
    traced: bool = False  # spans are sent to where OTEL_EXPORTER_OTLP_ENDPOINT says
    models_allowed: tuple[str, ...] = ()  # those that a configuration may choose
    config: str = ""  # file with the operator's layer of configuration
    config_repository: str = CONFIG_REPOSITORY  # that of an organisation's; "" for none
    virtual_env: str = ""  # the active virtual environment of a command line
    inherited: Mapping[str, str] = field(
        default_factory=dict
    )  # what the model's SDK and the package index are set by

    @property
    def has_no_app(self) -> bool:
        """Whether nothing at all is known of an App; what is half known is a mistake, not this."""
        return not (self.app_id or self.private_key or self.webhook_secrets)

    @property
    def database(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.data.resolve() / 'suture.sqlite'}"


def _stage(env: Mapping[str, str], stage: str) -> StageSettings:
    words = (env.get(f"SUTURE_{what}_{stage}", "") for what in ("MODEL", "EFFORT", "THINKING"))
    return StageSettings(*words)


def _budget(env: Mapping[str, str]) -> Budget:
    ceilings = {}
    for one in fields(Budget):
        name = f"SUTURE_BUDGET_{one.name.upper()}"
        ceilings[one.name] = read_ceiling(name, env.get(name, ""), getattr(Budget(), one.name))
    return Budget(**ceilings)


def _app(env: Mapping[str, str]) -> dict[str, Any]:
    """The fields that say which App this is, and where it and GitHub are."""
    secrets = (secret(env, "SUTURE_WEBHOOK_SECRET"), secret(env, "SUTURE_WEBHOOK_SECRET_PREVIOUS"))
    client_secret = secret(env, "SUTURE_CLIENT_SECRET")
    github = env.get("SUTURE_GITHUB_API_URL", "") or PUBLIC_API
    return {
        "app_id": env.get("SUTURE_CLIENT_ID", "") or env.get("SUTURE_APP_ID", ""),
        "private_key": _private_key(env),
        "webhook_secrets": tuple(Secret(one) for one in secrets if one),
        "client_secret": Secret(client_secret) if client_secret else None,
        "credentials": env.get("SUTURE_CREDENTIALS", "file"),
        "public_url": env.get("SUTURE_PUBLIC_URL", "").rstrip("/"),
        "github_api_url": safe_address("SUTURE_GITHUB_API_URL", github),
        "allowed_accounts": words(env, "SUTURE_ALLOWED_ACCOUNTS"),
    }


def _config_repository(env: Mapping[str, str]) -> str:
    name = env.get("SUTURE_CONFIG_REPOSITORY", "") or CONFIG_REPOSITORY
    if name == "none":
        return ""
    if not _REPOSITORY.fullmatch(name.replace("{owner}", "owner")):
        raise SettingsError(
            f"SUTURE_CONFIG_REPOSITORY is {name!r}; it has to look like '{{owner}}/.github', or be 'none'."
        )
    return name


def _private_key(env: Mapping[str, str]) -> Secret | None:
    text = secret(env, "SUTURE_PRIVATE_KEY")
    return Secret(text.replace("\\n", "\n")) if text else None


def _inherited(env: Mapping[str, str]) -> dict[str, str]:
    found = {name: value for name, value in env.items() if name.startswith(INHERITED)}
    for name, value in found.items():
        if name.endswith("_BASE_URL") and value:
            safe_address(name, value)
    if key := secret(env, MODEL_KEY):
        found[MODEL_KEY] = key
    return found


def _user_cache(env: Mapping[str, str]) -> Path:
    return Path(env.get("XDG_CACHE_HOME", "") or Path.home() / ".cache")


def read_settings(env: Mapping[str, str] | None = None, stored: Mapping[str, str] | None = None) -> Settings:
    """Settings from `env`, by default the process's own, and beneath it from what set-up stored.

    Raises SettingsError for what cannot be read.
    """
    env = os.environ if env is None else env
    if stored:
        open_ones = (name for name in stored if not (env.get(name) or env.get(f"{name}_PATH")))
        env = {**env, **{name: stored[name] for name in open_ones}}
    return Settings(
        **_app(env),
        **_places(env),
        **_reviewing(env),
        **_limits(env),
        **_sandbox(env),
        inherited=_inherited(env),
    )


def _places(env: Mapping[str, str]) -> dict[str, Any]:
    token = secret(env, "SUTURE_METRICS_TOKEN")
    return {
        "metrics_token": Secret(token) if token else None,
        "metrics_port": int(number(env, "SUTURE_METRICS_PORT", 0)),
        "traced": bool(env.get("OTEL_EXPORTER_OTLP_ENDPOINT")),
        "data": Path(env.get("SUTURE_DATA", "suture-data")),
        "database_url": secret(env, "SUTURE_DATABASE_URL"),
        "host": env.get("SUTURE_HOST", "127.0.0.1"),
        "port": int(number(env, "SUTURE_PORT", 8080)),
        "models_allowed": words(env, "SUTURE_MODELS_ALLOWED"),
        "config": env.get("SUTURE_CONFIG", ""),
        "config_repository": _config_repository(env),
        "cache": Path(env.get("SUTURE_CACHE", "") or _user_cache(env) / "suture"),
    }


def _reviewing(env: Mapping[str, str]) -> dict[str, Any]:
    return {
        "reviewer": env.get("SUTURE_REVIEWER", "auto"),
        "claude_via": env.get("SUTURE_CLAUDE_VIA", "") or "anthropic",
        "model": env.get("SUTURE_MODEL", "claude-opus-5-5"),
        "effort": env.get("SUTURE_EFFORT", ""),
        "thinking": env.get("SUTURE_THINKING", ""),
        "stages": {stage: _stage(env, stage.upper()) for stage in OPERATORS_STAGES},
        "fallback": env.get("SUTURE_FALLBACK", "client"),
        "samples": count(env, "SUTURE_SAMPLES", 2),
        "model_fallback": words(env, "SUTURE_MODEL_FALLBACK"),
    }


def _limits(env: Mapping[str, str]) -> dict[str, Any]:
    return {
        "budget": _budget(env),
        "write_interval": number(env, "SUTURE_WRITE_INTERVAL_S", 1.0),
        "read_interval": number(env, "SUTURE_READ_INTERVAL_S", 0.0),
        "concurrency": count(env, "SUTURE_CONCURRENCY", 2),
        "calls_per_minute": count(env, "SUTURE_MODEL_CALLS_PER_MINUTE", 0, least=0),
        "installation_concurrency": count(env, "SUTURE_INSTALLATION_CONCURRENCY", 2),
        "keep_days": days(env, "SUTURE_KEEP_DAYS", 90),
        "keep_uninstalled_days": days(env, "SUTURE_KEEP_UNINSTALLED_DAYS", 30),
        "test_budget": number(env, "SUTURE_TEST_BUDGET_S", 300.0),
    }


def _sandbox(env: Mapping[str, str]) -> dict[str, Any]:
    return {
        "python": env.get("SUTURE_PYTHON", ""),
        "sandbox": env.get("SUTURE_SANDBOX", "local"),
        "kubernetes_namespace": env.get("SUTURE_KUBERNETES_NAMESPACE", "suture-sandbox"),
        "kubernetes_image": env.get("SUTURE_KUBERNETES_IMAGE", ""),
        "kubernetes_runtime_class": env.get("SUTURE_KUBERNETES_RUNTIME_CLASS", "gvisor"),
        "kubernetes_environments_claim": env.get("SUTURE_KUBERNETES_ENVIRONMENTS_CLAIM", ""),
        "virtual_env": env.get("VIRTUAL_ENV", ""),
    }


def variables_set() -> tuple[str, ...]:
    """The names in the process's environment."""
    return tuple(os.environ)
