"""What may stand in a field of models.yaml, by the kind of the field, and what to write where something else does."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit

from bot.views.text import clean
from playbooks.components import KINDS
from playbooks.contacts import parse_contact
from playbooks.durations import parse_duration
from playbooks.faults import not_one_of
from playbooks.lifecycle import Mode
from playbooks.reading import Plain

LONGEST: Final = 1000
"""Characters of one value; whatever is longer belongs behind a link."""
_ADDRESSES: Final = (
    "ana@example.com, Ana <ana@example.com>, @handle, slack:U0123, slack-group:S0123, backstage:user:default/ana, "
    "pagerduty:P0123, opsgenie:Search, rota:search"
)
_SLACK_ID: Final = re.compile(r"<?[@!]?(?:subteam\^)?(?P<id>[UWS](?=[A-Z]*[0-9])[A-Z0-9]{7,})>?")


class Wrong(Exception):
    """A value that does not fit its field; the text says what does."""


def _text(value: Plain) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Wrong("expected text; put it in quotes if it is meant as text")
    said = " ".join(clean(str(value)).split())
    if len(said) > LONGEST:
        raise Wrong(f"is too long: at most {LONGEST} characters; link to the rest")
    return said


def _contact(value: Plain) -> str:
    said = _text(value)
    if parse_contact(said).kind != "name":
        return said
    if meant := _SLACK_ID.fullmatch(said):
        kind = "slack-group" if meant["id"][0] == "S" else "slack"
        raise Wrong(f"“{said[:60]}” would be shown as a name; a Slack id is written {kind}:{meant['id']}")
    if said.startswith("#"):
        raise Wrong(f"“{said[:60]}” is a channel, and nobody is asked there; write one of {_ADDRESSES}")
    if re.search(r"[@:<>]", said):
        raise Wrong(
            f"“{said[:60]}” reaches nobody; write one of {_ADDRESSES}, or a plain name that nobody is asked under"
        )
    return said


def _person(value: Plain) -> str:
    said = _text(value)
    if "," in said:
        raise Wrong(
            "names one person or group; write the others where several are expected, such as poc or stakeholders"
        )
    return _contact(said)


def _link(value: Plain) -> str:
    said = _text(value)
    try:
        parts = urlsplit(said)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or " " in said:
        raise Wrong("expected a link that starts with https:// (or http://); longer texts belong behind one")
    if parts.username or parts.password:
        raise Wrong("carries a user name or password; take it out of the link, everybody reads the card")
    return said


def _date(value: Plain) -> str:
    said = _text(value)
    try:
        return date.fromisoformat(said).isoformat()
    except ValueError:
        raise Wrong("expected a date like 2026-10-01") from None


def _moment(value: Plain) -> str:
    said = _text(value)
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise Wrong("expected a time with its zone like 2026-11-18T09:30:00Z, or a date like 2026-11-18") from None
    if at.tzinfo is None and len(said) > 10:
        raise Wrong("says no time zone; end it with Z for UTC, or with an offset like +01:00")
    return said


def _duration(value: Plain) -> str:
    said = _text(value)
    try:
        parse_duration(said)
    except ValueError as error:
        raise Wrong(str(error)) from None
    return said


def _tier(value: Plain) -> str:
    said = _text(value)
    if said not in {"0", "1", "2", "3"}:
        raise Wrong("expected 0 (safety or money at once), 1 (revenue), 2 (internal decisions) or 3 (best effort)")
    return said


def _mode(value: Plain) -> str:
    said = _text(value).lower()
    if said not in set(Mode):
        raise Wrong(not_one_of(said, [mode.value for mode in Mode]))
    return said


def _component(value: Plain) -> str:
    said = _text(value).lower()
    if said not in KINDS:
        raise Wrong(not_one_of(said, KINDS))
    return said


ONE: Final[dict[str, Callable[[Plain], str]]] = {
    "text": _text,
    "version": _text,
    "person": _person,
    "link": _link,
    "date": _date,
    "moment": _moment,
    "duration": _duration,
    "tier": _tier,
    "mode": _mode,
    "component": _component,
}
MANY: Final[dict[str, Callable[[Plain], str]]] = {"people": _contact, "list": _text, "links": _link}
