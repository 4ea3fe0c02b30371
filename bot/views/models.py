"""What the catalogue knows of a model, each fact with its source and age; and models in a list. Made for a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from bot.views.blocks import context, divider
from bot.views.components import component_lines, instead_of_version
from bot.views.ids import Catalogue
from bot.views.named import Named, OnCall
from bot.views.pages import fit
from bot.views.text import UNKNOWN, Block, ago, button, counted, esc, is_web_address, link, one_line, section, when
from playbooks.card import Fact, ModelCard, missing
from playbooks.durations import parse_duration, say_duration
from playbooks.fields import POC_TEAMS, field_title

__all__ = ["MOST_SHOWN", "Known", "Named", "OnCall", "listing", "unknown", "who"]

MOST_SHOWN: Final = 40
_LINKS: Final = ("docs", "flow", "dashboard", "runbook", "sample_request", "contract", "change")
_VERSIONS: Final = ("serving", "rollback", "deployed_at", "fallback")
_AROUND: Final = ("consumers", "upstreams", "features", "label_delay", "retrain", "data_class", "regulated")


@dataclass(frozen=True, kw_only=True)
class Known:
    """A model as the catalogue has it."""

    card: ModelCard
    named: dict[str, tuple[Named, ...]] = field(default_factory=dict)
    """Field → the people in it."""
    on_call: tuple[OnCall, ...] = ()
    declined: tuple[str, datetime, str | None] | None = None
    """Who said last that it is not theirs, when and why, where nobody owns it."""
    others: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    """Field → (value, source) of what other registries say of it."""
    synced_at: datetime
    missing_since: datetime | None = None
    troubles: tuple[str, ...] = ()
    """What keeps registries from being read, a sentence each."""
    mine: tuple[str, ...] = ()
    """What the asker is to the model: Owner, POC product …"""


def who(known: Known, now: datetime) -> tuple[str, list[Block]]:
    """(text, blocks) with everything about one model."""
    card = known.card
    facts = [
        *(_people(known, now)),
        *(_fact(card, key, now) for key in _VERSIONS),
        *(_fact(card, key, now) for key in _AROUND if key == "consumers" or card.fact(key)),
    ]
    undocumented, others, state = _undocumented(card), _others(known), _state(known, now)
    parts, rows, links = component_lines(card, now), _experiments(card, now), _links(card, now)
    text = fit([_head(card), *others, *facts, *parts, *rows, *links, undocumented, *state], 3900)
    blocks = [
        section(_head(card)),
        section(fit(_people(known, now))),
        divider(),
        section(fit([_fact(card, key, now) for key in _VERSIONS])),
        section(fit([_fact(card, key, now) for key in _AROUND if key == "consumers" or card.fact(key)])),
    ]
    blocks += [section(fit(lines)) for lines in (parts, rows, links, others) if lines]
    blocks += [divider(), section(undocumented), context(fit(state, 1900))]
    return text, blocks


def listing(
    models: Sequence[Known],
    *,
    total: int,
    mine: bool,
    troubles: Sequence[str],
    buttons: Mapping[str, Block] | None = None,
    rest: Sequence[str] = (),
) -> tuple[str, list[Block]]:
    """(text, blocks) of the first of `total` models: of the catalogue, or of what concerns the asker.

    `buttons`: what the asker may say of whose some of them are. `rest`: the names of those that are not shown.
    """
    title = "Your models" if mine else f"{counted(total, 'model')} in the catalogue"
    lines = [_line(known) for known in models]
    blocks = [section(f"*{title}*")]
    for known, line in zip(models, lines, strict=True):
        label = f"Everything about {known.card.title}"
        blocks.append(section(line, accessory=button("Who", Catalogue.WHO, known.card.name, label=label)))
        if known.card.name in (buttons or {}):
            blocks.append((buttons or {})[known.card.name])
    if total > len(models):
        names = fit([f"`{esc(name, 100)}`" for name in rest], 1600).replace("\n", ", ")
        more = f"And {total - len(models)} more; `/ml-incident who &lt;model&gt;` shows any of them"
        more = f"{more}: {names}" if names else f"{more}."
        lines.append(more)
        blocks.append(context(more))
    if troubles:
        blocks.append(context(fit([esc(trouble, 400) for trouble in troubles], 1900)))
    return fit([f"{title}:", *lines, *(esc(trouble, 400) for trouble in troubles)], 3900), blocks


def unknown(asked: str, closest: Sequence[tuple[str, str]]) -> tuple[str, list[Block]]:
    """(text, blocks) for a model that the catalogue does not have, with (name, plain name) of similar ones."""
    said = f"The catalogue knows no model “{esc(one_line(asked, 80), 120)}”."
    if not closest:
        text = f"{said} `/ml-incident models` lists those it knows."
        return text, [section(text)]
    names = ", ".join(f"`{esc(name, 100)}`" for name, _ in closest)
    blocks = [section(f"{said} Did you mean one of these?")]
    for name, title in closest:
        line = f"*{esc(title, 100)}*  `{esc(name, 100)}`"
        blocks.append(section(line, accessory=button("Who", Catalogue.WHO, name, label=f"Everything about {title}")))
    return f"{said} Did you mean {names}? `/ml-incident models` lists all.", blocks


def _head(card: ModelCard) -> str:
    kind = " · ".join(
        [
            f"tier {card.tier}" if card.tier is not None else f"tier {UNKNOWN}",
            card.mode.value if card.mode else f"mode {UNKNOWN}",
        ]
    )
    purpose = card.text("purpose")
    said = esc(purpose, 600) if purpose else f"What it does: {UNKNOWN}"
    return f"*{esc(card.title, 150)}*  `{esc(card.name, 100)}` · {kind}\n{said}"


def _people(known: Known, now: datetime) -> list[str]:
    card = known.card
    lines = [_person(known, key, now) for key in ("owner", "owner.backup", "team.lead")]
    lines[2:2] = [_fact(card, "team", now)] if card.fact("team") else []
    lines[:0] = [_on_call(known, now)] if card.fact("oncall") else []
    pocs = [_person(known, f"poc.{team}", now) for team in card.pocs()]
    lines += pocs or [f"*Points of contact* {UNKNOWN}"]
    lines += [_person(known, "stakeholders", now)] if card.fact("stakeholders") else []
    return lines + ([_fact(card, "channel", now)] if card.fact("channel") else [])


def _person(known: Known, key: str, now: datetime) -> str:
    fact = known.card.fact(key)
    team = key.removeprefix("poc.")
    title = POC_TEAMS.get(team, team) if key.startswith("poc.") else field_title(key)
    if fact is None:
        return f"*{esc(title, 80)}* {UNKNOWN}" + (_declined(known, now) if key == "owner" else "")
    said = ", ".join(one.text for one in known.named.get(key, ())) or esc(fact.text, 200)
    return f"*{esc(title, 80)}* {_bounded(said, fact.text)}{_origin(fact, now)}"


def _declined(known: Known, now: datetime) -> str:
    if known.declined is None:
        return ""
    name, at, why = known.declined
    return f": {esc(name, 100)} said {ago(at, now)} that it is not theirs" + (
        f" ({esc(one_line(why, 300), 400)})" if why else ""
    )


def _on_call(known: Known, now: datetime) -> str:
    """First of the people: whom to ask at three in the morning."""
    fact = known.card.fact("oncall")
    if fact is None or not known.on_call:
        return _person(known, "oncall", now)
    said = "; ".join(one.said(now) for one in known.on_call[:3])
    return f"*On call now* {_bounded(said, fact.text)}{_origin(fact, now)}"


def _others(known: Known) -> list[str]:
    lines = [
        f"{esc(field_title(key), 80)}: {esc(one_line(source, 60), 100)} says {esc(one_line(value, 150), 250)}"
        for key, others in known.others.items()
        for value, source in others
    ]
    if not lines:
        return []
    in_slack = any(" in Slack by " in fact.source for key, fact in known.card.facts.items() if key in known.others)
    shown = "what was said in Slack counts" if in_slack else "the first one is shown"
    return [f"*Registries disagree*, and {shown}", *lines]


def _bounded(said: str, instead: str) -> str:
    # Cutting would break a mention in two, so a very long list is shown as it is written.
    return said if len(said) <= 1200 else esc(instead, 1200)


def _fact(card: ModelCard, key: str, now: datetime) -> str:
    fact, title = card.fact(key), field_title(key)
    if fact is None:
        return f"*{title}* {instead_of_version(card, key) or UNKNOWN}"
    return f"*{title}* {_value(key, fact)}{_origin(fact, now)}"


def _value(key: str, fact: Fact) -> str:
    if key == "label_delay":
        return _duration(fact.text)
    if key == "deployed_at":
        try:
            at = datetime.fromisoformat(fact.text)
        except ValueError:
            return esc(fact.text, 100)
        return when(at) if at.tzinfo is not None else esc(fact.text, 100)
    return link(fact.text, fact.text) if is_web_address(fact.text) else esc(fact.text, 400)


def _duration(text: str) -> str:
    try:
        return say_duration(parse_duration(text))
    except ValueError:
        return esc(text, 100)


def _origin(fact: Fact, now: datetime) -> str:
    return f"  _{esc(fact.source, 60)}, {ago(fact.as_of, now)}_"


def _experiments(card: ModelCard, now: datetime) -> list[str]:
    fact = card.fact("experiments")
    if fact is None:
        return []
    rows = []
    for row in card.records("experiments")[:5]:
        name = link(row["link"], row.get("name", "")) if row.get("link") else esc(row.get("name", ""), 100)
        arm = f" {esc(row['arm'], 200)}" if row.get("arm") else ""
        rows.append(f"*Experiment* {name}{arm}{_cleanup(row.get('cleanup_by', ''), now)}{_origin(fact, now)}")
    return rows


def _cleanup(text: str, now: datetime) -> str:
    try:
        due = date.fromisoformat(text)
    except ValueError:
        return " · clean-up date UNKNOWN"
    late = due < now.date()
    return f" · *should have been cleaned up by {due}*" if late else f" · to be cleaned up by {due}"


def _links(card: ModelCard, now: datetime) -> list[str]:
    keys = [key for key in _LINKS if card.fact(key)] + [f"endpoint.{name}" for name in card.family("endpoint")]
    by_origin: dict[str, list[str]] = {}
    for key in keys:
        if (fact := card.fact(key)) is not None:
            by_origin.setdefault(_origin(fact, now), []).append(link(fact.text, field_title(key)))
    return [" · ".join(links) + origin for origin, links in by_origin.items()]


def _undocumented(card: ModelCard) -> str:
    gaps = [spec.title for spec in missing(card)]
    if not gaps:
        return "*Undocumented* nothing that a model of its tier and mode needs"
    return f"*Undocumented* {', '.join(gaps)}"


def _state(known: Known, now: datetime) -> list[str]:
    reviewed = known.card.fact("reviewed_at")
    said = f"{esc(reviewed.text, 40)} ({esc(one_line(reviewed.source, 100), 150)})" if reviewed else UNKNOWN
    lines = [f"Card last reviewed {said} · catalogue read {ago(known.synced_at, now)}"]
    if known.missing_since is not None:
        lines.insert(0, f"No registry lists this model since {when(known.missing_since)}; this is what was last known.")
    return lines + [esc(trouble, 400) for trouble in known.troubles]


def _line(known: Known) -> str:
    card = known.card
    owners = ", ".join(one.text for one in known.named.get("owner", ())) or UNKNOWN
    tier = UNKNOWN if card.tier is None else str(card.tier)
    serving = esc(card.serving, 60) if card.serving else instead_of_version(card, "serving") or UNKNOWN
    said = [f"tier {tier}", f"owner {owners}", f"serving {serving}"]
    if gaps := len(missing(card)):
        said.append(f"{gaps} undocumented")
    if known.mine:
        said.append(f"you: {esc(', '.join(known.mine), 200)}")
    return f"*{esc(card.title, 100)}*  `{esc(card.name, 100)}`\n{' · '.join(said)}"
