"""Who is on call in Opsgenie, or in a service that answers like it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from bot.oncall.asking import NoAnswer, Query, Service
from bot.oncall.protocol import Now

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Opsgenie:
    """GET /v2/schedules/{name or id}/on-calls."""

    def __init__(self, *, key: str, url: str) -> None:
        self._service = Service(
            name="Opsgenie",
            url=url,
            headers={"Authorization": f"GenieKey {key}"},
            url_setting="OPSGENIE_API_URL",
            token_setting="OPSGENIE_API_KEY",  # noqa: S106 -- the name of a setting
        )

    def on_call(self, ref: str, at: datetime) -> Now:
        """Who is on call now in the schedule with this name or id; of several the first, whom it calls first."""
        kind = "id" if _ID.fullmatch(ref) else "name"
        moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        asked: Query = [("scheduleIdentifierType", kind), ("flat", "true"), ("date", moment)]
        try:
            data = self._service.get(f"/v2/schedules/{quote(ref, safe='')}/on-calls", asked).get("data")
        except NoAnswer as no:
            return Now(problem=str(no), is_down=no.is_down)
        data = data if isinstance(data, dict) else {}
        people = data.get("onCallRecipients")
        found = [one.strip() for one in people if isinstance(one, str)] if isinstance(people, list) else []
        person = next((one for one in found if one), None)
        if person is None:
            return Now(problem=f"Opsgenie says that nobody is on call in {ref} now. Fill the gap in its rotation.")
        parent = data.get("_parent")
        name = str(parent.get("name") or ref) if isinstance(parent, dict) else ref
        return Now(person=person, source=f"Opsgenie: {name}")
