"""What a person fills in: what may stand there, and what is said where it may not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.errors import InputError
from bot.forge.public_address import read_address
from bot.forge.registration import LONGEST_NAME
from webhooks.setup.session import Plan

_LOGIN = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z_-]{0,98}[0-9A-Za-z])?")


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it was sent, and what is wrong with it by the field's name."""

    values: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict)


def first_form(latest: Plan | None, public_url: str) -> Filled:
    """The form before it was sent: as the latest plan has it, so that something in it can be changed."""
    if latest is None:
        return Filled(
            {"owner": "organization", "organization": "", "name": "Suture", "public_url": public_url}
        )
    return Filled(
        {
            "owner": "organization" if latest.organization else "personal",
            "organization": latest.organization,
            "name": latest.name,
            "public_url": latest.public_url,
        }
    )


def read_form(sent: Mapping[str, str], public_url: str, origin: str) -> tuple[Filled, Plan | None]:
    """The form, and the plan when nothing is wrong. A `public_url` of the settings is not asked for."""
    values = {name: sent.get(name, "").strip() for name in ("owner", "organization", "name", "public_url")}
    values["public_url"] = public_url or values["public_url"]
    is_personal = values["owner"] == "personal"
    wrong = {}
    if values["owner"] not in {"personal", "organization"}:
        wrong["owner"] = "Choose who owns the App."
    if not is_personal and not _LOGIN.fullmatch(values["organization"]):
        wrong["organization"] = "Enter the organization's name as it stands in its address."
    if not 0 < len(values["name"]) <= LONGEST_NAME or not values["name"].isprintable():
        wrong["name"] = f"Enter a name of at most {LONGEST_NAME} characters."
    try:
        address = read_address(values["public_url"])
    except InputError as exc:
        address, wrong["public_url"] = "", str(exc)
    try:
        back_to = read_address(origin)
    except InputError:
        back_to = address  # a browser that does not tell where it is
    if wrong:
        return Filled(values, wrong), None
    organization = "" if is_personal else values["organization"]
    return Filled(values), Plan(values["name"], organization, address, back_to)
