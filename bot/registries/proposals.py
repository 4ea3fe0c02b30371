"""Drafting models.yaml from what exists: each line with where it is from, and only what no registry says today."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Final

from bot.registries.entries import wrong_member
from bot.registries.file import wrong_name
from bot.registries.values import MANY, ONE, Wrong
from bot.views.text import one_line
from playbooks.card import Fact, FactValue, ModelCard
from playbooks.contacts import parse_contact
from playbooks.fields import FIELDS, field_for
from playbooks.people import contact_key

_MOVING: Final = frozenset({"serving", "rollback", "deployed_at", "change"})
"""What every deployment changes is read from its registry; in a file it would soon be wrong."""
_SAFE: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)+")
Denied = Mapping[str, Mapping[str, str]]
"""Model → contact, as `contact_key` writes it → who said when that it is not theirs."""
_ORDER: Final = {spec.key: at for at, spec in enumerate(FIELDS)}


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A value for a field that nobody documented, and where it is from; or why it cannot be used."""

    key: str
    value: FactValue
    source: str
    problem: str | None = None
    is_second: bool = False
    """Whether another place was believed first."""
    is_confirmed: bool = False
    """Whether somebody said so in Slack, so that it is no guess."""
    denied: str | None = None
    """Who said that it is not so."""

    @property
    def is_usable(self) -> bool:
        """Whether it stands in the draft as more than a comment."""
        return not self.problem and not self.denied and not self.is_second


def proposals(
    today: Mapping[str, ModelCard],
    said: Sequence[ModelCard],
    *,
    confirmed: Mapping[str, Sequence[Proposal]] = MappingProxyType({}),
    denied: Denied = MappingProxyType({}),
) -> dict[str, list[Proposal]]:
    """Model → what could be written down of it; where two places say different things, the earlier one comes first."""
    found: dict[str, list[Proposal]] = {name: list(all_of) for name, all_of in confirmed.items()}
    for card in said:
        known = today.get(card.name)
        for key, fact in card.facts.items():
            if fact.says_something and key not in _MOVING and (known is None or known.fact(key) is None):
                those = (_unless_denied(one, denied.get(card.name, {})) for one in _of(key, fact))
                found.setdefault(card.name, []).extend(those)
    return {name: kept for name in sorted(found) if (kept := _sorted(found[name]))}


def _unless_denied(one: Proposal, denied: Mapping[str, str]) -> Proposal:
    if one.key != "owner" or one.problem or not isinstance(one.value, str):
        return one
    return replace(one, denied=denied.get(contact_key(parse_contact(one.value))))


def owners(proposed: Mapping[str, Sequence[Proposal]]) -> dict[str, tuple[str, str]]:
    """Model → (the proposed owner, where that is from)."""
    return {
        model: (one.value, one.source)
        for model, all_of in proposed.items()
        for one in all_of
        if one.key == "owner" and one.is_usable and not one.is_confirmed and isinstance(one.value, str)
    }


def write(proposed: Mapping[str, Sequence[Proposal]], now: datetime) -> str:
    """The file. What cannot be used, and what a second place says, is there as a comment."""
    some = any(one.is_confirmed for all_of in proposed.values() for one in all_of)
    sure = "Nobody has confirmed what is proposed." if some else "Nobody has confirmed any of it."
    lines = [
        f"# Proposed by `ml-incident registry propose` on {now.date().isoformat()}. {sure}",
        "# Keep what is true, and move it into models.yaml. Only what no registry says today is here.",
        "models:" if proposed else "models: {}",
    ]
    for model, all_of in proposed.items():
        if wrong_name(model):
            lines += ["", f"  # {_comment(json.dumps(model))} cannot be written here: {wrong_name(model)}"]
            continue
        usable = [one for one in all_of if one.is_usable]
        lines += ["", f"  {_name(model)}:{'' if usable else ' {}'}"]
        lines += [f"    {_line(one)}" for one in all_of]
    return "\n".join(lines) + "\n"


def _line(one: Proposal) -> str:
    said = f"{one.key}: {json.dumps(one.value, ensure_ascii=False)}"
    if one.problem:
        return f"# {_comment(said)}  # cannot be used: {_comment(one.problem)}; from {_comment(one.source)}"
    if one.denied:
        return f"# {_comment(said)}  # not proposed: {_comment(one.denied)}; from {_comment(one.source)}"
    if one.is_confirmed:
        return f"{said}  # confirmed: {_comment(one.source.removeprefix('confirmed '))}"
    if one.is_second:
        return f"# {_comment(said)}  # or: from {_comment(one.source)}"
    return f"{said}  # proposed: from {_comment(one.source)}"


def _of(key: str, fact: Fact) -> Iterator[Proposal]:
    spec = field_for(key)
    if spec is None or spec.kind == "records" or wrong_member(key):
        return
    values = fact.value if isinstance(fact.value, list) else [fact.value]
    said = [item for item in values if isinstance(item, str)]
    if spec.kind in MANY:
        parts = said if isinstance(fact.value, list) else [part for item in said for part in item.split(",")]
        yield _checked(key, parts, fact.source, lambda: [one for part in parts if (one := MANY[spec.kind](part))])
        return
    for item in said:  # where one person is asked for and several are named, the first is proposed
        yield _checked(key, item, fact.source, partial(ONE[spec.kind], item))


def _checked(key: str, value: FactValue, source: str, read: Callable[[], FactValue]) -> Proposal:
    try:
        return Proposal(key=key, value=read(), source=source)
    except Wrong as wrong:
        return Proposal(key=key, value=value, source=source, problem=str(wrong).rstrip("."))


def _sorted(all_of: Sequence[Proposal]) -> list[Proposal]:
    """By field; of each the first that can be used, then whatever says something else."""
    kept: list[Proposal] = []
    for one in all_of:
        before = [other for other in kept if other.key == one.key]
        if any(other.value == one.value for other in before) or not one.value:
            continue
        kept.append(replace(one, is_second=one.is_usable and any(other.is_usable for other in before)))
    return sorted(kept, key=_place)


def _place(one: Proposal) -> tuple[int, str, bool, bool]:
    return _ORDER.get(one.key, len(_ORDER)), one.key, bool(one.problem or one.denied), one.is_second


def _name(model: str) -> str:
    return model if _SAFE.fullmatch(model) else json.dumps(model, ensure_ascii=False)


def _comment(text: str) -> str:
    return one_line(text, 300)
