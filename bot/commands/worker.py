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


@click.command(name="worker")
def command() -> None:
    """Review the pull requests that the web server stored, until SIGTERM.

    What it was at when it stopped, or was killed, the next worker goes on with.
    """
    settings = load_settings()
    if settings.has_no_app:
        raise SettingsError("There is no GitHub App yet: `suture serve` sets one up.")
    # It brings every step along, which no other command needs
    from bot.service import close_runner, command_runner, failure_teller, job_runner, rounds  # noqa: PLC0415

    start_logging()
    records = (bot.records, bot.forge.writes)
    ended = run_worker(
        settings,
        job_runner(settings),
        tell=failure_teller(settings),
        run_command=command_runner(settings),
        run_close=close_runner(settings),
        records=records,
        rounds=rounds(settings),
    )
    if not ended:
        # Some step does not end. It is durable: the next worker does it again.
        logging.shutdown()
        os._exit(0)
