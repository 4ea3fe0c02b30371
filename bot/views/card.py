"""The card of an incident: one pinned message that shows what is known, where it is from, and what is UNKNOWN."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.views.blocks import context, header
from bot.views.components import components_at_a_glance, instead_of_version
from bot.views.lists import Brief, headline, now_buttons
from bot.views.text import (
    UNKNOWN,
    Block,
    cut,
    esc,
    is_web_address,
    link,
    one_line,
    person,
    section,
    when,
)
from playbooks.card import Fact, ModelCard, missing
from playbooks.durations import say_duration
from playbooks.fields import POC_TEAMS, field_title
from playbooks.lifecycle import FAILURE_MODES, Role, Status
from playbooks.policy import Policy

_MOST_PEOPLE = 25
_LINKS = ("docs", "dashboard", "runbook", "flow", "sample_request", "contract", "change")


@dataclass(frozen=True, kw_only=True)
class Named:
    """Somebody the incident concerns: why, what they are called, and whether they could be brought in."""

    why: str
    """owner, backup or poc:<team>"""
    label: str
    source: str | None
    user_id: str | None
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Everything on the card, as it stands when it is drawn."""

    brief: Brief
    card: ModelCard
    model_known: bool
    missing_since: datetime | None = None
    """Since when no registry lists the model any more."""
    now_serving: str | None = None
    now_rollback: str | None = None
    """What the catalogue says now; shown where it is no longer what it was when the incident was opened."""
    trigger: tuple[str, str] | None = None
    """(which version began to serve how long before, who says so), where that was shortly before."""
    failure_mode: str = "unknown"
    impact: str | None = None
    ended_by: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    """Role → Slack user id."""
    people: Sequence[Named] = ()
    joined: Sequence[str] = ()
    """Slack user ids of those who came by themselves."""
    not_invited: Sequence[tuple[str, str]] = ()
    """(Slack user id, why not) of those nobody's registry names."""
    next_update_at: datetime | None = None
    playbook: str | None = None
    """Its title and how far it is, already in words."""
    affected: Sequence[str] = ()
    """Who is downstream and which models read the same, already in words and safe."""


def card(shown: Shown, policy: Policy) -> tuple[str, list[Block]]:
    """(text, blocks) of the card."""
    brief, facts = shown.brief, shown.card
    blocks = [
        header(headline(brief, policy)),
        section(_lead(shown)),
        section(fields=_facts(shown)),
        section(_roles(shown.roles)),
        section(_people(shown)),
    ]
    if not_there := _not_there(shown):
        blocks.append(section(not_there))
    blocks.append(section(f"*Consumers* {_sourced(facts.fact('consumers'))}"))
    if shown.affected:
        blocks.append(section(_fitting(shown.affected)))
    if parts := components_at_a_glance(facts):
        blocks.append(section(_fitting(parts, glue="; ")))
    if links := _links(facts):
        blocks.append(section(links))
    blocks.append(context(*_small_print(shown)))
    blocks.append({"type": "actions", "elements": now_buttons(brief)})
    return _text(shown, policy), blocks


def _text(shown: Shown, policy: Policy) -> str:
    brief = shown.brief
    parts = [
        f"{headline(brief, policy)}: {esc(one_line(brief.title, 200), 400)}",
        f"Model {esc(one_line(brief.model, 100), 200)}",
        f"serving {_version(shown.card, 'serving', _value)}",
        f"rollback {_version(shown.card, 'rollback', _value)}",
        f"impact {_said(shown.impact)}",
        f"next update {_next_update(shown)}",
        f"playbook {esc(one_line(shown.playbook or 'none', 150), 200)}",
    ]
    return cut(". ".join(parts), 3000)


def _lead(shown: Shown) -> str:
    brief, facts = shown.brief, shown.card
    purpose = facts.text("purpose")
    name = f"*{esc(one_line(facts.title, 100), 200)}*"
    if facts.title != facts.name:
        name += f" ({esc(one_line(facts.name, 150), 250)})"
    does = esc(one_line(purpose, 300), 500) if purpose else f"what it does is {UNKNOWN}"
    lines = [f"*{esc(one_line(brief.title, 300), 600)}*", f"{name}: {does}"]
    if brief.kind != "real":
        lines.insert(0, f"*This is a {brief.kind}. Nothing is broken.*")
    if not shown.model_known:
        lines.append("The catalogue did not know this model when the incident was opened.")
    elif shown.missing_since:
        lines.append(f"No registry lists this model since {when(shown.missing_since)}; this is what was known last.")
    if shown.trigger is not None:
        text, source = shown.trigger
        lines.append(f"*What changed* {esc(one_line(text, 250), 400)} ({esc(one_line(source, 80), 120)})")
    if shown.ended_by:
        why = "Why it was cancelled" if brief.status is Status.CANCELLED else "What ended it"
        lines.append(f"{why}: {_said(shown.ended_by)}")
    return "\n".join(lines)


def _facts(shown: Shown) -> list[str]:
    facts = shown.card
    return [
        f"*Serving version*\n{_version(facts, 'serving', _sourced)}{_moved(facts.serving, shown.now_serving)}",
        f"*Rollback version*\n{_version(facts, 'rollback', _sourced)}{_moved(facts.rollback, shown.now_rollback)}",
        f"*Impact*\n{_said(shown.impact)}",
        f"*Failure mode*\n{esc(FAILURE_MODES.get(shown.failure_mode, shown.failure_mode), 200)}",
        f"*Tier*\n{_sourced(facts.fact('tier'))}",
        f"*Fallback*\n{_sourced(facts.fact('fallback'))}",
        f"*Opened*\n{when(shown.brief.declared_at)} by {person(shown.brief.opened_by)}",
        f"*Next update*\n{_next_update(shown)}",
        f"*Playbook*\n{esc(one_line(shown.playbook or 'none', 200), 400)}",
    ]


def _next_update(shown: Shown) -> str:
    if shown.next_update_at is not None:
        return when(shown.next_update_at)
    return "not promised" if shown.brief.status.is_open else "none: it is over"


def _value(fact: Fact | None) -> str:
    return esc(one_line(fact.text, 300), 500) if fact else UNKNOWN


def _sourced(fact: Fact | None) -> str:
    return f"{_value(fact)} ({esc(one_line(fact.source, 80), 120)})" if fact else UNKNOWN


def _version(facts: ModelCard, key: str, say: Callable[[Fact | None], str]) -> str:
    return instead_of_version(facts, key) or say(facts.fact(key))


def _moved(then: str | None, now: str | None) -> str:
    return f", now {esc(one_line(now, 100), 200)}" if now and now != then else ""


def _said(text: str | None) -> str:
    return esc(one_line(text, 500), 800) if text else UNKNOWN


def _roles(held: Mapping[str, str]) -> str:
    said = [f"*{role.label}* {person(held[role]) if role in held else 'nobody yet'}" for role in Role]
    return " · ".join(said)


def why_title(why: str) -> str:
    """What people call the reason for which somebody is there."""
    titles = {
        "oncall": "On call",
        "owner": "Owner",
        "backup": "Backup owner",
        "opener": "Opened it",
        "joined": "Joined",
    }
    if why in titles:
        return titles[why]
    kind, _, of = why.partition(":")
    if kind == "poc":
        return f"POC {POC_TEAMS.get(of, of)}"
    return of or why


def _label(named: Named) -> str:
    return esc(one_line(named.label, 80), 160)


def _people(shown: Shown) -> str:
    on_call = any(named.why == "oncall" for named in shown.people)
    by_why: dict[str, list[Named]] = {**({"oncall": []} if on_call else {}), "owner": [], "backup": []}
    for named in shown.people:
        by_why.setdefault(named.why, []).append(named)
    lines = []
    for why, named_so in list(by_why.items())[:_MOST_PEOPLE]:
        title = esc(one_line(why_title(why), 60), 100)
        lines.append(f"*{title}* {_who(named_so) if named_so else UNKNOWN}")
    if not any(why.startswith("poc:") for why in by_why) and not shown.brief.private:
        lines.append(f"*Points of contact* {UNKNOWN}")
    if shown.joined:
        more = f" and {len(shown.joined) - 20} more" if len(shown.joined) > 20 else ""
        lines.append(f"*Joined* {', '.join(person(user) for user in shown.joined[:20])}{more}")
    return _fitting(lines)


def _who(named: Sequence[Named]) -> str:
    said = [person(one.user_id) if one.user_id and not one.problem else _label(one) for one in named[:5]]
    more = f" and {len(named) - 5} more" if len(named) > 5 else ""
    source = next((one.source for one in named if one.source), None)
    return f"{', '.join(dict.fromkeys(said))}{more}" + (f" ({esc(one_line(source, 80), 120)})" if source else "")


def _not_there(shown: Shown) -> str:
    lines = [
        f"• {_label(one)}, {esc(why_title(one.why), 100)}, {esc(one_line(one.problem, 200), 300)}"
        for one in shown.people
        if one.problem
    ]
    lines += [f"• {person(user)} {esc(one_line(problem, 200), 300)}" for user, problem in shown.not_invited]
    return _fitting(["*Could not be brought in*", *lines]) if lines else ""


def links_of(facts: ModelCard) -> list[tuple[str, str]]:
    """(title, address) of everything on the model card that is a web address, the most useful first."""
    keys = [key for key in _LINKS if key in facts.facts] + [f"endpoint.{name}" for name in facts.family("endpoint")]
    return [(field_title(key), address) for key in keys for address in facts.items(key) if is_web_address(address)]


def _links(facts: ModelCard) -> str:
    return _fitting([link(address, title) for title, address in links_of(facts)[:12]], glue=" · ")


def _small_print(shown: Shown) -> Iterable[str]:
    gaps = [field_title(spec.key) for spec in missing(shown.card)]
    if gaps:
        yield cut(f"{UNKNOWN}: {esc(', '.join(gaps), 1500)}", 2000)
    read: dict[str, datetime] = {}
    for fact in shown.card.facts.values():
        read[fact.source] = min(read.get(fact.source, fact.as_of), fact.as_of)
    for source, as_of in sorted(read.items())[:8]:
        yield f"{esc(one_line(source, 80), 120)} as of {when(as_of)}{_age(as_of, shown.brief.declared_at)}"
    if not read:
        yield "No registry has said anything about this model."


def _age(as_of: datetime, opened: datetime) -> str:
    # Measured to the opening, because a card that is not redrawn would go on saying “14 minutes ago” for hours.
    return f", {say_duration(opened - as_of)} old when this was opened" if opened > as_of else ""


def _fitting(lines: Sequence[str], *, glue: str = "\n", limit: int = 2800) -> str:
    """As many whole pieces as fit: cutting inside one could cut an escape or a link in two."""
    kept: list[str] = []
    for line in lines:
        if sum(len(one) + len(glue) for one in kept) + len(line) > limit:
            return glue.join([*kept, f"and {len(lines) - len(kept)} more"])
        kept.append(line)
    return glue.join(kept)
