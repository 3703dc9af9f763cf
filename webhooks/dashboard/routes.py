"""The pages of the dashboard. Each asks for its data by the repositories of whoever is signed in."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from bot.forge.address import web_url
from bot.jobs import DatabaseUnavailable, Inbox
from bot.jobs.archive import entries, entry
from bot.jobs.overview import Reading, dismissed, pulse, spent, under_way
from bot.jobs.sessions import Session
from bot.publish.gates_meaning import MEANINGS
from bot.settings import Settings
from webhooks.dashboard.counts import SEVERITIES, VERDICTS, by_day, by_repository, counts
from webhooks.dashboard.plot import plot
from webhooks.dashboard.sign_in import Door
from webhooks.health import reasons
from webhooks.pages import page

PERIODS = (7, 30)
MOST_REVIEWS = 50  # in the list; all are counted
_DAY = 86_400.0
View = Callable[..., ResponseReturnValue]


class Pages:
    """Shows what was reviewed."""

    def __init__(self, settings: Settings, inbox: Inbox, reading: Reading, door: Door) -> None:
        self._settings = settings
        self._inbox = inbox
        self._reading = reading
        self._door = door
        self._github = web_url(settings.github_api_url)

    def add_to(self, parts: Blueprint) -> None:
        for path, name, view in (
            ("", "overview", self.overview),
            ("/repositories/<int:repository>", "repository", self.repository),
            ("/reviews/<workflow>", "review", self.review),
            ("/reviews/<workflow>/report.json", "report", self.report),
            ("/health", "health", self.health),
        ):
            parts.add_url_rule(path, name, self._for_members(view))

    def overview(self, session: Session) -> ResponseReturnValue:
        """All that the person may see."""
        return self._show(session, session.repositories, None)

    def repository(self, session: Session, repository: int) -> ResponseReturnValue:
        """The same of one repository."""
        if repository not in session.repositories:
            return self._nothing(session)
        return self._show(session, {repository}, repository)

    def review(self, session: Session, workflow: str) -> ResponseReturnValue:
        """One review with its findings, proofs and what was left out."""
        with self._reading.open() as engine:
            found = entry(engine, session.repositories, workflow)
        if found is None:
            return self._nothing(session)
        job = found.review.job
        return page(
            "dashboard/review.html",
            session=session,
            review=found.review,
            workflow=found.workflow,
            ended=_moment(found.ended),
            meanings=MEANINGS,
            report=_report(found.review.report),
            pull=f"{self._github}/{job.repository}/pull/{job.number}",
        )

    def report(self, session: Session, workflow: str) -> ResponseReturnValue:
        """`suture.review/v1`, as the command line gives it."""
        with self._reading.open() as engine:
            found = entry(engine, session.repositories, workflow)
        if found is None or not found.review.report:
            return self._nothing(session)
        return Response(found.review.report, content_type="application/json; charset=utf-8")

    def health(self, session: Session) -> ResponseReturnValue:
        """Whether the server can do its work; for those who see a repository of it."""
        if not session.repositories:
            return self._nothing(session)
        try:
            with self._reading.open() as engine:
                beat, queues = pulse(engine), self._inbox.figures()
        except DatabaseUnavailable:
            beat, queues = None, ()  # it stands among the reasons
        found = reasons(self._settings, self._inbox)
        return page("dashboard/health.html", session=session, reasons=found, pulse=beat, queues=queues)

    def _show(self, session: Session, repositories: Collection[int], only: int | None) -> ResponseReturnValue:
        days = next((one for one in PERIODS if str(one) == request.args.get("days")), PERIODS[-1])
        since = time.time() - days * _DAY
        with self._reading.open() as engine:
            found = entries(engine, repositories, since)
            now = under_way(engine, repositories)
            cost = spent(engine, repositories, since)
            said_no = dismissed(engine, repositories)
        return page(
            "dashboard/overview.html",
            session=session,
            only=only,
            days=days,
            periods=PERIODS,
            under_way=now,
            reviews=[(one, _moment(one.ended)) for one in found[:MOST_REVIEWS]],
            total=len(found),
            counts=counts(found, said_no),
            severities=SEVERITIES,
            verdicts=VERDICTS,
            spent=cost,
            unpriced=sum(one.unpriced for one in cost),
            costs=by_repository(cost),
            plot=plot(by_day(cost), days),
            moment=_moment,
        )

    def _for_members(self, view: View) -> View:
        def shown(**args: object) -> ResponseReturnValue:
            session = self._door.session()
            return self._door.shut() if session is None else view(session, **args)

        return shown

    def _nothing(self, session: Session) -> ResponseReturnValue:
        """The same for what there is not, and for what is others'."""
        return page("dashboard/nothing.html", HTTPStatus.NOT_FOUND, session=session)


def _report(text: str) -> dict[str, Any] | None:
    """None when the report was too long to be kept."""
    return json.loads(text) if text else None


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
