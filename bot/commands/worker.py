"""`suture worker`: carry out the stored jobs."""

from __future__ import annotations

import logging
import os

import click

import bot.forge.writes
import bot.records
from bot.credentials import load_settings
from bot.errors import SettingsError
from bot.jobs.worker import run_worker
from bot.log import start_logging
from bot.metrics import listen
from bot.settings import Settings
from bot.tracing import start_tracing


@click.command(name="worker")
def command() -> None:
    """Review the pull requests that the web server stored, until SIGTERM.

    What it was at when it stopped, or was killed, the next worker goes on with.
    """
    settings = load_settings()
    if settings.has_no_app:
        raise SettingsError("There is no GitHub App yet: `suture serve` sets one up.")
    # It brings every step along, which no other command needs
    from bot import service  # noqa: PLC0415

    start_logging()
    start_tracing(settings, "worker")
    _tell_numbers(settings)
    records = (bot.records, bot.forge.writes)
    ended = run_worker(
        settings,
        service.job_runner(settings),
        tell=service.failure_teller(settings),
        run_command=service.command_runner(settings),
        run_close=service.close_runner(settings),
        run_group=service.group_runner(settings),
        proofs=service.proofs(settings),
        records=records,
        rounds=service.rounds(settings),
    )
    if not ended:
        # Some step does not end. It is durable: the next worker does it again.
        logging.shutdown()
        os._exit(0)


def _tell_numbers(settings: Settings) -> None:
    """On the port for it, if there is one. Raises SettingsError when it cannot be had."""
    if not settings.metrics_port:
        return
    if settings.metrics_token is None:
        raise SettingsError("SUTURE_METRICS_PORT needs SUTURE_METRICS_TOKEN: whoever reads has to send it.")
    try:
        listen(settings.host, settings.metrics_port, settings.metrics_token)
    except OSError as exc:
        raise SettingsError(f"SUTURE_METRICS_PORT {settings.metrics_port} cannot be had: {exc}.") from exc
