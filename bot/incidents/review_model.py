"""What the registries knew of the model when its incident was declared, told for the review."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.incidents.desk import Desk
from bot.views.markdown import link, literal
from bot.views.review import Given, Row
from bot.views.text import is_web_address, when_plain
from playbooks.card import ModelCard
from playbooks.durations import parse_duration, say_duration
from playbooks.fields import field_for, field_title
from storage import registries
from storage.models import Incident

BACKGROUND = ("purpose", "mode", "tier", "team", "upstreams", "data_class", "regulated")
VERSIONS = ("serving", "rollback", "deployed_at", "fallback", "label_delay")
_SAID = {
    "serving": "Serving when it was declared",
    "rollback": "Rollback version then",
    "fallback": "Fallback according to the registry",
}
_MAY_BE_ABSENT = frozenset({"regulated"})
_LINKS = ("docs", "flow", "dashboard", "runbook")
_BEFORE = timedelta(days=14)


def facts(card: ModelCard, keys: tuple[str, ...]) -> list[tuple[str, Given]]:
    """(title, value) of these fields; what a registry need not say is left out when it does not."""
    return [
        (_SAID.get(key, field_title(key)), fact(card, key))
        for key in keys
        if card.fact(key) is not None or key not in _MAY_BE_ABSENT
    ]


def fact(card: ModelCard, key: str) -> Given:
    """One field, with the registry that says so."""
    found = card.fact(key)
    if found is None:
        return Given(ask="the model's owner, in the registry,")
    return Given(text=literal(_said(key, found.text)), source=f"{found.source}, as of {when_plain(found.as_of)}")


def _said(key: str, text: str) -> str:
    """Times and durations as people write them, where they are any."""
    spec = field_for(key)
    try:
        if spec is not None and spec.kind == "duration":
            return say_duration(parse_duration(text))
        if spec is not None and spec.kind == "moment":
            return when_plain(datetime.fromisoformat(text).astimezone(UTC))
    except ValueError:
        pass
    return text


def experiments(card: ModelCard) -> list[str]:
    """Each experiment on the model, with what it does and until when."""
    return [_experiment(row) for row in card.records("experiments")]


def _experiment(row: Mapping[str, str]) -> str:
    name = row.get("name", "an experiment")
    said = link(row["link"], name) if is_web_address(row.get("link", "")) else literal(name)
    arm = f", {literal(row['arm'])}" if row.get("arm") else ""
    by = f", to be cleaned up by {literal(row['cleanup_by'])}" if row.get("cleanup_by") else ""
    return said + arm + by


def left_over(card: ModelCard, now: datetime) -> list[str]:
    """What experiments left behind beyond their date."""
    today = now.date().isoformat()
    late = [row for row in card.records("experiments") if row.get("cleanup_by", "9") < today]
    return [
        f"Left over from {_experiment(row)}" + (f". {literal(row['what'])}" if row.get("what") else "") for row in late
    ]


def links(card: ModelCard) -> list[str]:
    """The model's pages, as Markdown links."""
    keys = [*_LINKS, *(f"endpoint.{name}" for name in card.family("endpoint"))]
    return [
        link(text, field_title(key)) if is_web_address(text) else f"{literal(field_title(key))}: {literal(text)}"
        for key in keys
        if (text := card.text(key))
    ]


def candidates(card: ModelCard, incident: Incident) -> list[str]:
    """What the registry says was deployed shortly before, and what ran beside it."""
    found = []
    deployed = card.text("deployed_at")
    if deployed and _shortly_before(deployed, incident.declared_at):
        version = f"Version {literal(card.serving)}" if card.serving else "The serving version"
        change = card.text("change")
        behind = f", {link(change, 'the change behind it')}" if change else ""
        found.append(f"{version} was deployed on {fact(card, 'deployed_at')}{behind}")
    return found + [f"The experiment {_experiment(row)}" for row in card.records("experiments")]


def _shortly_before(text: str, declared_at: datetime) -> bool:
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return True  # nobody can say that it was not
    at = at if at.tzinfo is not None else at.replace(tzinfo=declared_at.tzinfo)
    return declared_at - _BEFORE <= at <= declared_at


def alias_moves(desk: Desk, incident: Incident) -> list[Row]:
    """Where aliases of the model moved, from two weeks before until its end. The first time one is seen is no move."""
    since, until = incident.declared_at - _BEFORE, incident.resolved_at or desk.now
    before: dict[tuple[str, str], str | None] = {}
    found = []
    for move in registries.moves(desk.tx, incident.model, until=until):
        alias = (move.source, move.alias)
        if alias in before and move.at >= since:
            here, there = (literal(version) if version else "nothing" for version in (before[alias], move.version))
            text = f"{literal(move.alias)} was seen to move from {here} to {there}"
            found.append(Row(at=when_plain(move.at), text=text, who=literal(move.source)))
        before[alias] = move.version
    return found
