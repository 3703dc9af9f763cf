"""Opens the sandbox that the settings name."""

from __future__ import annotations

from bot.errors import SettingsError
from bot.sandbox import Sandbox
from bot.sandbox.bubblewrap import Bubblewrap
from bot.sandbox.counted import Counted
from bot.settings import Settings


def open_sandbox(settings: Settings) -> Sandbox:
    """The sandbox of `settings.sandbox`; nothing is probed before its `check()` or its first run.

    Raises SettingsError for an unknown name, and for kubernetes without what it needs.
    """
    if settings.sandbox == "local":
        return Counted(Bubblewrap())
    if settings.sandbox == "kubernetes":
        return Counted(_kubernetes(settings))
    raise SettingsError(f"SUTURE_SANDBOX is {settings.sandbox!r}; it has to be local or kubernetes.")


def _kubernetes(settings: Settings) -> Sandbox:
    if not settings.kubernetes_image:
        raise SettingsError(
            "SUTURE_SANDBOX=kubernetes needs SUTURE_KUBERNETES_IMAGE: the bot's own image will do."
        )
    if not settings.kubernetes_runtime_class:
        raise SettingsError("SUTURE_KUBERNETES_RUNTIME_CLASS is empty; name a RuntimeClass, such as gvisor.")
    try:
        # Its client is an extra that a bot with the local sandbox need not have
        from bot.sandbox.kubernetes.cluster import Cluster  # noqa: PLC0415
        from bot.sandbox.kubernetes.executor import Kubernetes  # noqa: PLC0415
    except ModuleNotFoundError as exc:
        raise SettingsError(
            f"SUTURE_SANDBOX=kubernetes needs {exc.name}; install it: pip install 'suture[kubernetes]'."
        ) from exc
    return Kubernetes(
        Cluster(
            namespace=settings.kubernetes_namespace,
            image=settings.kubernetes_image,
            runtime_class=settings.kubernetes_runtime_class,
            claim=settings.kubernetes_environments_claim,
            pool=settings.cache / "environments",
        )
    )
