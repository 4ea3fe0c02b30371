"""Whether models are ready for production, for a phone: one with what it lacks, and teams with scores."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.views.blocks import Block, context
from bot.views.ids import Catalogue
from bot.views.pages import fit, pages
from bot.views.scores import Standing, chart, in_short, trend
from bot.views.text import UNKNOWN, button, esc, section
from playbooks.card import ModelCard
from playbooks.readiness import Readiness
from playbooks.scores import Weeks, change

_MOST_TEAMS = 20
_MOST_MODELS = 20
_WITH_BUTTONS = 5
MOST_LINES = 12
_FIRST_WEEK = "What changes shows from the second weekly digest on."


@dataclass(frozen=True, kw_only=True)
class Lacking:
    """A model and how much of what it should have is missing."""

    name: str
    title: str
    tier: int | None
    percent: int
    lacked: int


def readiness(
    card: ModelCard, found: Readiness, *, nobody: Sequence[str] = (), most: int = MOST_LINES
) -> tuple[str, list[Block]]:
    """(text, blocks) about one model: what is missing with the line that adds it, but of more than `most` the key.

    `nobody` are those whom the card names and Slack cannot reach, a sentence each.
    """
    tier = f"tier {card.tier}" if card.tier is not None else f"tier {UNKNOWN}"
    mode = card.mode.value if card.mode else UNKNOWN
    doubts = [*found.doubts, *nobody]
    lacks = f"lacks {len(found.lacks)} of {found.asked}" if found.lacks else "is not ready"
    said = "is ready" if found.is_ready and not nobody else lacks
    head = f"*{esc(card.title, 150)}* `{esc(card.name, 100)}` ({tier}, {mode}) {said}: {found.score} % documented."
    blocks: list[Block] = [section(head)]
    if doubts:
        blocks += pages([f"• {esc(one, 400)}" for one in doubts], head="*Written down, and of no help*")
    rows = [
        f"• *{esc(lack.title, 100)}*: {esc(lack.good_for, 150)}\n   `{esc(lack.line, 400)}`"
        for lack in found.lacks[:most]
    ]
    if rows:
        blocks += pages(rows, head=f"_{esc(found.where, 400)}_")
    if rest := found.lacks[most:]:
        keys = ", ".join(f"`{esc(lack.key, 60)}`" for lack in rest)
        blocks.append(context(f"And in the same way, of less use while it burns: {keys}."))
    fitting = f"{found.playbooks} playbooks fit it" if found.playbooks else "No playbook fits its mode"
    blocks.append(context(f"{fitting}."))
    missing = " ".join([*(esc(one, 400) for one in doubts), "; ".join(esc(lack.title, 100) for lack in found.lacks)])
    return f"{head} {missing}"[:2900], blocks


def teams(
    found: Sequence[Standing],
    weeks: Weeks,
    *,
    mine: Collection[str] = (),
    worst: Sequence[Lacking] = (),
    worst_are_mine: bool = False,
) -> tuple[str, list[Block]]:
    """(text, blocks) about all teams, in the order given; `mine` are the names of the asker's, `worst` some models."""
    if not found:
        text = "The catalogue is empty, so there is no team to show. `ml-incident registry sync` says why."
        return text, [section(text)]
    lines = [f"• {in_short(one)}{' – yours' if one.name in mine else ''}" for one in found[:_MOST_TEAMS]]
    said = trend(weeks)
    blocks = [section(said), *pages(lines, more=len(found) - len(lines))]
    if worst:
        blocks.append(section("*Of yours, these lack most*" if worst_are_mine else "*These lack most*"))
        blocks += [_model(one) for one in worst]
    hint = "`/ml-incident ready team &lt;name&gt;` shows a team's models, `ready &lt;model&gt;` what one lacks."
    blocks.append(context(hint, *([_FIRST_WEEK] if change(weeks, 1) is None else [])))
    return fit([said, *lines], 3900), blocks


def team(standing: Standing, weeks: Weeks, models: Sequence[Lacking]) -> tuple[str, list[Block]]:
    """(text, blocks) about one team; `weeks` is how all teams together do, `models` are those that lack something."""
    head = f"{in_short(standing)} {chart(standing.weeks)}".rstrip()
    whole = "" if not weeks else f" All teams together: {weeks[-1]} %."
    lines = [f"• {_line(one)}" for one in models[:_MOST_MODELS]]
    nothing = "Nothing is missing of what its models should have."
    blocks = [section(f"{head}.{whole}"), *(_model(one) for one in models[:_WITH_BUTTONS])]
    if not models:
        blocks.append(section(nothing))
    elif rest := lines[_WITH_BUTTONS:]:
        blocks += pages(rest, more=len(models) - len(lines))
    if change(standing.weeks, 1) is None:
        blocks.append(context(_FIRST_WEEK))
    return fit([f"{head}.{whole}", *(lines or [nothing])], 3900), blocks


def _model(one: Lacking) -> Block:
    label = f"What {one.title} lacks"
    return section(_line(one), accessory=button("What is missing", Catalogue.READY, one.name, label=label))


def _line(one: Lacking) -> str:
    tier = f"tier {one.tier}" if one.tier is not None else f"tier {UNKNOWN}"
    return f"*{esc(one.name, 100)}* ({tier}) {one.percent} %: {one.lacked} missing"
