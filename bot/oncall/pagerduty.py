"""Who is on call in PagerDuty: a schedule, an escalation policy by its lowest level, or a service by its policy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from bot.oncall.asking import NoAnswer, Query, Service
from bot.oncall.protocol import Now

_BY: Final = ("schedule_ids[]", "escalation_policy_ids[]")
"""A reference does not say which it is, so both are asked, and then whether it is a service: Backstage names those."""


class PagerDuty:
    """GET /oncalls of the REST API, version 2."""

    def __init__(self, *, token: str, url: str) -> None:
        headers = {"Authorization": f"Token token={token}", "Accept": "application/vnd.pagerduty+json;version=2"}
        self._service = Service(
            name="PagerDuty",
            url=url,
            headers=headers,
            url_setting="PAGERDUTY_API_URL",
            token_setting="PAGERDUTY_TOKEN",  # noqa: S106 -- the name of a setting
        )

    def on_call(self, ref: str, at: datetime) -> Now:
        """Who is on call now in the schedule, escalation policy or service with this id."""
        nothing: NoAnswer | None = None
        for by in _BY:
            try:
                rows = self._rows(by, ref, at)
            except NoAnswer as no:
                if no.is_down:
                    return Now(problem=str(no), is_down=True)
                nothing = no
                continue
            if (found := _first(rows)) is not None:
                return found
            nothing = None
        try:
            if (policy := self._policy_of(ref)) is not None:
                nothing = None
                if (found := _first(self._rows(_BY[1], policy, at))) is not None:
                    return found
        except NoAnswer as no:
            if no.status is None:
                return Now(problem=str(no), is_down=True)
        if nothing is not None:
            return Now(problem=str(nothing))
        return Now(problem=f"PagerDuty says that nobody is on call in {ref} now. Fill the gap in its schedule.")

    def _policy_of(self, ref: str) -> str | None:
        """The escalation policy of the service with this id; None where it tells of none. Raises NoAnswer."""
        service = self._service.get(f"/services/{quote(ref, safe='')}", []).get("service")
        policy = service.get("escalation_policy") if isinstance(service, dict) else None
        found = policy.get("id") if isinstance(policy, dict) else None
        return found if isinstance(found, str) and found else None

    def _rows(self, by: str, ref: str, at: datetime) -> list[Any]:
        moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        asked: Query = [(by, ref), ("include[]", "users"), ("since", moment), ("until", moment), ("limit", "100")]
        rows = self._service.get("/oncalls", asked).get("oncalls")
        return rows if isinstance(rows, list) else []


def _first(rows: list[Any]) -> Now | None:
    """Whoever is called first: of the lowest escalation level, and of several there the first in PagerDuty's order."""
    known = [row for row in rows if isinstance(row, dict) and _person(row) is not None]
    if not known:
        return None
    row = min(known, key=_level)
    where = row.get("schedule") or row.get("escalation_policy") or {}
    named = str(where.get("summary") or "").strip() if isinstance(where, dict) else ""
    return Now(person=_person(row), source=f"PagerDuty: {named}" if named else "PagerDuty", until=_moment(row))


def _level(row: dict[str, Any]) -> int:
    level = row.get("escalation_level")
    return level if isinstance(level, int) else 99


def _person(row: dict[str, Any]) -> str | None:
    user = row.get("user")
    if not isinstance(user, dict):
        return None
    name = " ".join(str(user.get("name") or user.get("summary") or "").replace(",", " ").split())
    email = str(user.get("email") or "").strip()
    if email:
        return f"{name} <{email}>" if name else email
    return name or None


def _moment(row: dict[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(row.get("end") or ""))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
