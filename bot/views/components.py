"""The components of a model: a line for each in `who`, and one line for all of them on an incident's card."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.views.text import UNKNOWN, ago, esc, link, one_line
from playbooks.card import ModelCard
from playbooks.components import Part, kind_title, latest_first

_MOST: Final = 12


def component_lines(card: ModelCard, now: datetime) -> list[str]:
    """A line for each component, the one that was changed last first."""
    fact, parts = card.fact("components"), card.records("components")
    if fact is None or not parts:
        return []
    age = ago(fact.as_of, now)
    lines = [
        f"{_line(part)}  _{esc(part.get('source') or fact.source, 60)}, {age}_" for part in latest_first(parts)[:_MOST]
    ]
    return lines + ([f"… and {len(parts) - _MOST} more components"] if len(parts) > _MOST else [])


def components_at_a_glance(card: ModelCard) -> list[str]:
    """The pieces of one line with all of them, the one that was changed last first; none where the card names none."""
    fact, parts = card.fact("components"), card.records("components")
    if fact is None or not parts:
        return []
    said = [_short(part) for part in latest_first(parts)]
    sources = ", ".join(dict.fromkeys(part.get("source") or fact.source for part in parts))
    return [f"*Components* ({esc(one_line(sources, 80), 120)}) {said[0]}", *said[1:]]


def instead_of_version(card: ModelCard, key: str) -> str | None:
    """What stands where a version is missing, because the components have one each."""
    return "as its components say" if card.is_by_parts(key) else None


def _line(part: Part) -> str:
    said = [f"*{_cell(kind_title(part), 40)}* `{_cell(part.get('name', ''), 100)}` {_versions(part)}"]
    if where := part.get("where"):
        said.append(f"changed in {link(where, _short_address(where))}")
    way_back = "there is nothing to go back to" if _is_the_first(part) else UNKNOWN
    said.append(f"roll back: {_cell(part['roll_back'], 300) if part.get('roll_back') else way_back}")
    return " · ".join(said)


def _short(part: Part) -> str:
    return f"{_cell(kind_title(part).lower(), 40)} `{_cell(part.get('name', ''), 60)}` {_versions(part)}"


def _versions(part: Part) -> str:
    said = _cell(part["version"], 60) if part.get("version") else f"version {UNKNOWN}"
    said += f" since {_cell(part['changed_at'][:10], 10)}" if part.get("changed_at") else ""
    if _is_the_first(part):
        return f"{said}, none before it"
    return f"{said}, before {_cell(part['previous'], 60)}" if part.get("previous") else said


def _is_the_first(part: Part) -> bool:
    """Whether it was never different, which is written as `none`."""
    return part.get("previous", "").casefold() == "none"


def _short_address(address: str) -> str:
    return one_line(address.partition("://")[2].rstrip("/"), 80)


def _cell(text: str, longest: int) -> str:
    return esc(one_line(text, longest), 2 * longest)
