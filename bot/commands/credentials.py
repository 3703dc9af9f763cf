"""`suture credentials`: what set-up stored, as the files that compose, units and the chart read."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bot.credentials import load_settings
from bot.errors import SettingsError


@click.command(name="credentials")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def command(folder: Path) -> None:
    """Write the App's private key and secrets into FOLDER, each a file for its owner alone.

    Files that are there stay, and nothing is written then. The client id, which is no secret, is printed.
    """
    settings = load_settings()
    if settings.private_key is None or not settings.webhook_secrets:
        raise SettingsError("There is no GitHub App yet: `suture serve` sets one up.")
    files = {
        "private-key.pem": settings.private_key,
        "webhook-secret": settings.webhook_secrets[0],
        **({"client-secret": settings.client_secret} if settings.client_secret else {}),
    }
    if there := [name for name in files if (folder / name).exists()]:
        raise SettingsError(f"{folder} has {' and '.join(there)} already; nothing was written.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, secret in files.items():
            with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secret.reveal())
    except OSError as exc:
        raise SettingsError(f"{folder} cannot be written: {exc.strerror}.") from exc
    click.echo(f"SUTURE_CLIENT_ID={settings.app_id}")
