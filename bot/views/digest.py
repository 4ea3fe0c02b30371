"""The weekly ownership digest: what is open, what is late, and which models nobody looks after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.views.blocks import Block, context, divider, header, section
from bot.views.owning import orphan_buttons, owner_buttons
from bot.views.pages import pages
from bot.views.scores import Standing, chart, in_short, trend
from bot.views.text import cut, esc, when_plain
from playbooks.scores import Weeks

_MOST_BLOCKS = 42
_MOST_TEAMS = 3


@dataclass(frozen=True, kw_only=True)
class Group:
    """Lines of one kind, each mrkdwn that is safe already."""

    title: str
    lines: Sequence[str] = field(default_factory=tuple)
    more: int = 0
    """How many lines were left out."""
    hint: str = ""
    """What to do about them, where it is the same for all."""

    @property
    def total(self) -> int:
        """How many there are in all."""
        return len(self.lines) + self.more


@dataclass(frozen=True, kw_only=True)
class DigestFacts:
    """What the digest says, for the channel or for one person."""

    at: datetime
    models: int
    groups: Sequence[Group]
    looked_over: int | None = None
    """How many of the models, where those are not all."""
    troubles: Sequence[str] = ()
    """What keeps registries from being read, a sentence each: what is said of their models may be old."""

    @property
    def says_something(self) -> bool:
        """Whether there is anything to do."""
        return any(group.total for group in self.groups)


def digest(facts: DigestFacts, *, weeks: Weeks = (), teams: Sequence[Standing] = ()) -> tuple[str, list[Block]]:
    """(text, blocks) for everybody. Groups without lines are left out.

    `weeks` is how well the catalogue was documented; `teams` are all of them, the least documented first.
    """
    title = "Who owns what: this week's digest"
    groups = [group for group in facts.groups if group.total]
    said = _counted(groups) if groups else "Nothing to do: every model is looked after, and nothing is open or late"
    blocks: list[Block] = [header(title), section(f"{said}.")]
    blocks += _drawn(groups)
    models = "One model" if facts.models == 1 else f"{facts.models:,} models"
    part = facts.looked_over is not None and facts.looked_over < facts.models
    only = (
        f" The {facts.looked_over:,} most important were looked over; the weekly digest tells of all." if part else ""
    )
    if weeks:
        blocks += [divider(), section(trend(weeks))]
    if len(teams) > 1 and teams[0].percent < 100:
        least = "; ".join(in_short(one) for one in teams[:_MOST_TEAMS] if one.percent < 100)
        blocks.append(context(f"Least documented: {least}. `/ml-incident ready` lists all teams."))
    troubles = [esc(one, 500) for one in facts.troubles[:3]]
    blocks += [divider(), context(f"{models} in the catalogue, as of {when_plain(facts.at)}.{only}", *troubles)]
    return cut(f"{title}. {said}.", 2900), blocks


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A model about which one press says whose it is."""

    model: str
    orphan: bool
    """Whether nobody owns it; else it is asked whether it still is theirs."""


@dataclass(frozen=True, kw_only=True)
class Owned:
    """A model that somebody looks after, how well it is documented, in percent, and what is not well with it."""

    name: str
    score: int
    state: Sequence[str] = ()
    """What is not well with it, in few words."""


def own_digest(
    facts: DigestFacts,
    owned: Sequence[Owned],
    *,
    more: int,
    later: int = 0,
    asked: Sequence[Asked] = (),
    weeks: Weeks = (),
    teams: Sequence[Standing] = (),
) -> tuple[str, list[Block]]:
    """(text, blocks) for one person: what they own, `more` left out, and what is to be done about it.

    `later` things to mend are kept for another week; what was `asked` has buttons; `weeks` is how well their models
    were documented; `teams` are those that they lead, the least documented first.
    """
    title = "Your models this week"
    groups = [group for group in facts.groups if group.total]
    count = len(owned) + more
    if count or not teams:
        yours = f"You look after {'no model' if not count else 'one model' if count == 1 else f'{count} models'}"
    else:
        yours = f"You lead {'one team' if len(teams) == 1 else f'{len(teams)} teams'}"
    named = [", ".join([f"*{esc(one.name, 100)}* {one.score} %", *map(esc, one.state)]) for one in owned]
    names = f": {'; '.join(named)}{f' and {more} more' if more else ''}" if named else ""
    blocks: list[Block] = [header(title), section(f"{yours}{names}."), *_drawn(groups)]
    for one in asked:
        question = "Who looks after" if one.orphan else "Is it still yours:"
        blocks.append(section(f"{question} *{esc(one.model, 100)}*?"))
        blocks.append(orphan_buttons(one.model) if one.orphan else owner_buttons(one.model))
    if later:
        blocks.append(context(f"{later:,} more {'thing is' if later == 1 else 'things are'} kept for another week."))
    trends = [trend(weeks, "your")] if weeks else []
    trends += [f"Team {in_short(one)} {chart(one.weeks)}".rstrip() for one in teams[:_MOST_TEAMS]]
    if (rest := len(teams) - _MOST_TEAMS) > 0:
        trends.append(f"And {rest} more {'team' if rest == 1 else 'teams'} of yours: `/ml-incident ready`")
    if trends:
        blocks.append(context(*trends))
    return cut(f"{title}. {yours}{names.replace('*', '')}. {_counted(groups)}.", 2900), blocks[:50]


def _counted(groups: Sequence[Group]) -> str:
    return "; ".join(f"{esc(group.title, 100)}: {group.total}" for group in groups)


def _drawn(groups: Sequence[Group]) -> list[Block]:
    drawn = [
        block
        for group in groups
        for block in pages([f"• {line}" for line in group.lines], head=_head(group), more=group.more)
    ]
    return drawn[:_MOST_BLOCKS]


def _head(group: Group) -> str:
    return f"*{esc(group.title, 100)}: {group.total}*{f' – {group.hint}' if group.hint and group.lines else ''}"
