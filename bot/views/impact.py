"""Who is affected, in words for a phone: by tier, with owners named and not pinged; and the offers made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.views.blocks import actions, context
from bot.views.ids import Impact, Joining
from bot.views.lists import Brief, headline
from bot.views.pages import fit
from bot.views.text import INC, UNKNOWN, Block, button, counted, esc, one_line, section
from playbooks.lineage import Affected, Node, Reached
from playbooks.lineage_near import MOST_READERS, near
from playbooks.policy import Policy

MOST_MODELS: Final = 8
MOST_SYSTEMS: Final = 12
_MOST_SHARED: Final = 6
_MOST_ON_A_CARD: Final = 6
_MOST_EXPERIMENTS: Final = 6
_MOST_RECORDED: Final = 100


@dataclass(frozen=True, kw_only=True)
class Told:
    """Everything about who is affected, and who owns the models among them."""

    affected: Affected
    owners: Mapping[str, str] = field(default_factory=dict)
    models: int = 0
    """How many models the catalogue has."""


def impact(told: Told, *, picture: str | None = None) -> tuple[str, list[Block]]:
    """(text, blocks). `picture` is the value of the button that has it drawn for the channel."""
    lines = [_head(told.affected.of), *_by_tier(told)]
    same, running = _same(told), _experiments(told)
    blocks = [section(fit(lines))]
    blocks += [section(fit(part)) for part in (same, running) if part]
    reads = _reads(told.affected)
    blocks.append(context(reads, f"Read from {counted(told.models, 'card')}; what no card says is missing here."))
    if picture is not None:
        label = f"Post a picture of who is affected by {told.affected.of.said}"
        blocks.append(actions(button("Picture for the channel", Impact.PICTURE, picture, label=label)))
    return fit([*lines, *same, *running, reads], 3900), blocks


def _head(node: Node) -> str:
    if not node.known:
        return f"*{_said(node)}* · {esc(node.kind, 40)}"
    tier = UNKNOWN if node.tier is None else str(node.tier)
    return f"*{_said(node)}*  `{esc(one_line(node.name, 100), 150)}` · tier {tier}"


def _by_tier(told: Told) -> list[str]:
    reached = told.affected.downstream
    if not reached:
        if told.affected.of.known:
            return [f"*Downstream* {UNKNOWN}: its card names no consumers, and no model says that it reads it."]
        return ["*Downstream* nothing that a card tells of."]
    lines = []
    for tier, models, rest in _tiers(told.affected):
        lines.append(f"*Downstream, tier {UNKNOWN if tier is None else tier}*")
        lines += [f"• {_model(told, one)}" for one in models[:MOST_MODELS]]
        if len(models) > MOST_MODELS:
            lines.append(f"• and {counted(len(models) - MOST_MODELS, 'more model', 'more models')}")
        if rest:
            lines.append(f"• {_listed([_said(node) for node in rest], MOST_SYSTEMS)}")
    return lines


def _tiers(affected: Affected) -> Iterator[tuple[int | None, list[Reached], list[Node]]]:
    """(tier, models, other things) downstream, the most important tier first."""
    reached = affected.downstream
    for tier in dict.fromkeys(one.tier for one in reached):
        there = [one for one in reached if one.tier == tier]
        models = [one for one in there if one.node.kind == "model"]
        yield tier, models, [one.node for one in there if one.node.kind != "model"]


def _model(told: Told, one: Reached) -> str:
    through = ""
    if one.steps > 1:
        through = f", through {_listed([_said(node) for node in one.via], 2)}"
    return f"{_owned(one.node, told.owners)}{through}"


def _owned(node: Node, owners: Mapping[str, str]) -> str:
    if not node.known:
        return f"{_said(node)} (not in the catalogue)"
    owner = owners.get(node.name)
    return f"{_said(node)} ({esc(one_line(owner, 80), 120) if owner else f'owner {UNKNOWN}'})"


def _same(told: Told) -> list[str]:
    things = _things(told.affected)
    if not things:
        return []
    lines = ["*Read the same*"]
    for thing, nodes in things[:_MOST_SHARED]:
        names = [_owned(node, told.owners) for node in nodes]
        lines.append(f"• {_said(thing)}: {_listed(names, MOST_MODELS)}")
    if len(things) > _MOST_SHARED:
        lines.append(f"• and models that share {len(things) - _MOST_SHARED} more things with it")
    return lines


def _things(affected: Affected) -> list[tuple[Node, list[Node]]]:
    """(what is shared, by which models): the most shared first, but last what everybody reads, as it says least."""
    by_thing: dict[Node, list[Node]] = {}
    for sibling in affected.siblings:
        for thing in sibling.shares:
            by_thing.setdefault(thing, []).append(sibling.node)
    return sorted(by_thing.items(), key=lambda one: (len(one[1]) > MOST_READERS, -len(one[1]), one[0].name))


def in_words(affected: Affected) -> list[Node]:
    """The models that `impact` names, whose owners it therefore has to know."""
    named = [one.node for _, models, _ in _tiers(affected) for one in models[:MOST_MODELS]]
    return named + [node for _, nodes in _things(affected)[:_MOST_SHARED] for node in nodes[:MOST_MODELS]]


def _experiments(told: Told) -> list[str]:
    running = told.affected.experiments
    if not running:
        return []
    lines = [
        f"• {esc(one_line(one.name, 80), 120)} on {_said(one.model)}"
        + (f": {esc(one_line(one.arm, 120), 180)}" if one.arm else "")
        for one in running[:_MOST_EXPERIMENTS]
    ]
    if len(running) > _MOST_EXPERIMENTS:
        lines.append(f"• and {len(running) - _MOST_EXPERIMENTS} more")
    return ["*Experiments*", *lines]


def _reads(affected: Affected) -> str:
    is_model = affected.of.kind == "model"
    if not affected.reads:
        return f"Reads {UNKNOWN}" if is_model else "Nothing says where it comes from."
    names = _listed([_said(node) for node in affected.reads], MOST_SYSTEMS)
    return f"Reads {names}" if is_model else f"Comes from {names}"


def unknown(asked: str, closest: Sequence[Node]) -> tuple[str, list[Block]]:
    """(text, blocks) for what no card names."""
    said = f"No model is called “{esc(one_line(asked, 80), 120)}”, and no card names it."
    if not closest:
        text = (
            f"{said} `/ml-incident models` lists the models; `/ml-incident impact table:dw.items` asks for an upstream."
        )
        return text, [section(text)]
    blocks = [section(f"{said} Did you mean one of these?")]
    for node in closest:
        shown = f"*{_said(node)}*" + (f"  `{esc(node.name, 100)}`" if node.title not in {"", node.name} else "")
        show = button("Impact", Impact.SHOW, node.spelled, label=f"Who is affected by {node.said}")
        blocks.append(section(shown, accessory=show))
    names = ", ".join(f"`{esc(node.spelled, 100)}`" for node in closest)
    return f"{said} Did you mean {names}?", blocks


def is_read(node: Node) -> tuple[str, list[Block]]:
    """(text, blocks) for who asks whose an upstream is: it has no card, but models that read it."""
    text = f"*{_said(node)}* is no model, so it has no card. `/ml-incident impact {_said(node)}` names who reads it."
    show = button("Who reads it", Impact.SHOW, node.spelled, label=f"Who is affected by {node.said}")
    return text, [section(text, accessory=show)]


def picture_words(affected: Affected) -> str:
    """What the picture shows, for those who do not see it; not escaped."""
    models = [one.node for one in affected.downstream if one.node.kind == "model"]
    rest = [one.node for one in affected.downstream if one.node.kind != "model"]
    if not affected.downstream:
        words = "No card names anything downstream."
    else:
        counts = [counted(len(models), "model")] if models else []
        counts += [counted(len(rest), "system")] if rest else []
        named = _listed([node.said for node in [*models, *rest]], 20)
        words = f"Downstream {'are' if len(affected.downstream) > 1 else 'is'} {' and '.join(counts)}: {named}."
    if affected.siblings:
        same = [f"{one.node.said} ({_listed([node.said for node in one.shares], 3)})" for one in affected.siblings]
        words += f" The same is read by {_listed(same, 10)}."
    if affected.reads:
        verb = "It reads" if affected.of.kind == "model" else "It comes from"
        words += f" {verb} {_listed([node.said for node in affected.reads], 10)}."
    return words


def on_a_card(affected: Affected) -> list[Node]:
    """The models that `card_lines` names, whose owners it therefore has to know."""
    models = [one.node for one in affected.downstream if one.node.kind == "model"]
    return [*models[:_MOST_ON_A_CARD], *(one.node for one in near(affected).siblings[:_MOST_ON_A_CARD])]


def card_lines(told: Told) -> list[str]:
    """What the card of an incident says of it, a line each; nothing where nothing is known."""
    affected, lines = told.affected, []
    models = [one.node for one in affected.downstream if one.node.kind == "model"]
    rest = [one.node for one in affected.downstream if one.node.kind != "model"]
    names = [_owned(node, told.owners) for node in models]
    if models or rest:
        parts = [_listed(names, _MOST_ON_A_CARD)] if names else []
        parts += [_listed([_said(node) for node in rest], _MOST_ON_A_CARD)] if rest else []
        lines.append(f"*Affected downstream* {'; '.join(parts)}")
    close = near(affected)
    same = [
        f"{_owned(one.node, told.owners)}: {_listed([_said(node) for node in one.shares], 3)}" for one in close.siblings
    ]
    if same:
        lines.append(f"*Read the same* {_listed(same, _MOST_ON_A_CARD, glue='; ')}")
    if close.crowds:
        crowds = [f"{_said(thing)} ({number} other models)" for thing, number in close.crowds]
        lines.append(f"*Read by many, whose owners are not told* {_listed(crowds, 3)}")
    if affected.experiments:
        running = [f"{esc(one_line(one.name, 60), 90)} on {_said(one.model)}" for one in affected.experiments]
        lines.append(f"*Experiments that it may spoil* {_listed(running, _MOST_ON_A_CARD)}")
    return lines


def reach(affected: Affected) -> list[tuple[str, str]]:
    """(what they are, their names) of all that is affected, in plain words for a record."""
    models = [one.node.said for one in affected.downstream if one.node.kind == "model"]
    rest = [one.node.said for one in affected.downstream if one.node.kind != "model"]
    close = near(affected)
    same = [f"{one.node.said} ({_listed([node.said for node in one.shares], 3)})" for one in close.siblings]
    same += [f"{counted(number, 'other model')} ({thing.said})" for thing, number in close.crowds]
    parts = (("Models downstream", models), ("Systems downstream", rest), ("Models that read the same", same))
    return [(title, _listed(names, _MOST_RECORDED)) for title, names in parts if names]


def hurt_lines(hurt: Sequence[tuple[str, str, str]]) -> list[str]:
    """What the card says of (model, what is wrong with it, who says so); the newest where they are many."""
    said = [
        f"{esc(one_line(title, 80), 120)}: {esc(one_line(what, 150), 200)} ({esc(one_line(who, 60), 90)})"
        for title, what, who in reversed(hurt)
    ]
    return [f"*Hurt, too* {_listed(said, _MOST_ON_A_CARD, glue='; ')}"] if said else []


def telling(incident: Brief, reasons: Sequence[str], policy: Policy) -> tuple[str, list[Block]]:
    """(text, blocks) of the one message to somebody who owns affected models; `reasons` name each and why."""
    number = INC(incident.number, policy)
    title = esc(one_line(incident.title, 150), 300)
    lines = [f"*{headline(incident, policy)}* is open for {esc(one_line(incident.model, 100), 200)}: {title}"]
    lines.append("It may reach what you own:")
    lines += [f"• {reason}" for reason in reasons[:MOST_MODELS]]
    if len(reasons) > MOST_MODELS:
        lines.append(f"• and {counted(len(reasons) - MOST_MODELS, 'more model', 'more models')}")
    lines.append("You are not asked to come. Join if yours is hurt, or to follow it.")
    text = fit(lines)
    join = button(f"Join {number}", Joining.JOIN, str(incident.number), label=f"Join the channel of {number}")
    return text, [section(text), actions(join)]


def reason(node: Node, *, via: Sequence[Node] = (), shares: Sequence[Node] = ()) -> str:
    """Why an incident may reach a model."""
    if shares:
        return f"*{_said(node)}* reads {_listed([_said(one) for one in shares], 3)}, too"
    return f"*{_said(node)}* reads {_listed([_said(one) for one in via], 3)}"


def why_read(model: str, other: str) -> str:
    """Why the open incident of what reads a model, or an upstream, may be this one's."""
    return f"{esc(one_line(model, 100), 200)} is read by {esc(one_line(other, 100), 200)}"


def why_named(model: str, other: str) -> str:
    """Why the open incident in which somebody named this model, too, may be this one's."""
    return (
        f"somebody said that {esc(one_line(model, 100), 200)} is hurt by the same as {esc(one_line(other, 100), 200)}"
    )


def why_same(model: str, other: str, shares: Sequence[Node]) -> str:
    """Why the open incident of another model, or of an upstream, may be this one's."""
    if not shares:
        return f"{esc(one_line(model, 100), 200)} reads {esc(one_line(other, 100), 200)}"
    things = _listed([_said(node) for node in shares], 3)
    return f"{esc(one_line(model, 100), 200)} reads {things}, as does {esc(one_line(other, 100), 200)}"


def _said(node: Node) -> str:
    return esc(one_line(node.said, 100), 150)


def _listed(words: Sequence[str], most: int, *, glue: str = ", ") -> str:
    """“a, b and 12 more”."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return glue.join(words[:most]) + more
