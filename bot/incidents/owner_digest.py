"""The digest for one person: what they own and its state, what waits for them, and their team, on a phone's screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.incidents.desk import Desk
from bot.incidents.lateness import Late
from bot.incidents.ownership import Finding, Gap, by_urgency
from bot.incidents.people import name_of
from bot.incidents.scores import worst_first
from bot.incidents.survey import Kept, Survey, percent
from bot.views.blocks import Block
from bot.views.digest import Asked, DigestFacts, Group, Owned, own_digest
from bot.views.scores import Standing
from bot.views.text import esc
from playbooks.scores import Weeks

_MOST_NAMES = 8
_MOST_OF_TEAM = 5
_ORPHANS = (Gap.NO_OWNER, Gap.OWNER_GONE)
_ASKED = (*_ORPHANS, Gap.NOT_REVIEWED)
"""What a press of a button mends."""
HINTS = {Gap.UNDOCUMENTED.value: "`/ml-incident ready MODEL` says how each is added"}
Said = tuple[str, list[Block]]


@dataclass(frozen=True, kw_only=True)
class Readers:
    """Everybody who may get a digest of their own, and what there is to say to them."""

    owned: Mapping[str, Sequence[Kept]]
    led: Mapping[str, Sequence[Kept]]
    wrong: Mapping[str, Sequence[Finding]]
    """Model → what is wrong with it, the most urgent first."""
    late: Late
    leads: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Team lead → their teams, as teams are compared."""
    teams: Mapping[str, Standing] = field(default_factory=dict)
    """How well they are documented."""
    states: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Model → what is not well with it, in few words."""

    def accounts(self) -> list[str]:
        """Owners, team leads, and owners of playbooks that wait."""
        return sorted({*self.owned, *self.led, *self.late.named()})

    def survey_for(self, accounts: Iterable[str]) -> Survey:
        """What these people look after and lead, and what is wrong with it."""
        theirs = {one.name: one for user in accounts for one in (*self.owned.get(user, ()), *self.led.get(user, ()))}
        found = [one for name in theirs for one in self.wrong.get(name, ())]
        return Survey(models=list(theirs.values()), found=found)

    def teams_for(self, accounts: Iterable[str]) -> dict[str, Standing]:
        """How well the teams that these people lead are documented."""
        led = frozenset[str]().union(*(self.leads.get(user, ()) for user in accounts))
        return {team: self.teams[team] for team in sorted(led) if team in self.teams}


def readers(found: Survey, late: Late, teams: Mapping[str, Standing]) -> Readers:
    """Who reads what; `teams` are those of the survey, or at least those that somebody in it leads."""
    wrong: dict[str, list[Finding]] = {}
    for one in found.found:
        wrong.setdefault(one.model, []).append(one)
    return Readers(
        owned=found.owned(),
        led=found.led(),
        wrong=wrong,
        late=late,
        leads=found.leads(),
        teams=teams,
        states=late.states(),
    )


def for_one(desk: Desk, all_readers: Readers, user: str, weeks: Weeks = ()) -> Said | None:
    """What one person has to see to, the most critical models first; None where there is nothing to say.

    No more lines than the policy allows, and few to mend at a time: a wall of red is closed unread.
    """
    mine, team = all_readers.owned.get(user, ()), all_readers.led.get(user, ())
    theirs = by_urgency(one for model in mine for one in all_readers.wrong.get(model.name, ()))
    theirs.sort(key=lambda one: 9 if one.tier is None else one.tier)
    fixes = _chosen(theirs, desk.policy.ownership.message_owner_fixes)
    states = all_readers.states
    teams = all_readers.leads.get(user, frozenset())
    waiting = [
        *all_readers.late.of(user, frozenset(one.name for one in mine), teams),
        *of_kind(desk, fixes, named=False),
    ]
    room, groups = desk.policy.ownership.message_owner_lines, []
    for title, lines in waiting:
        shown = lines[:room]
        room -= len(shown)
        groups.append(Group(title=title, lines=shown, more=len(lines) - len(shown), hint=HINTS.get(title, "")))
    lines, total = _team(desk, team, all_readers.wrong, states, min(room, _MOST_OF_TEAM))
    groups.append(Group(title="Your team", lines=lines, more=total - len(lines)))
    facts = DigestFacts(at=desk.now, models=len(mine), groups=groups)
    if not facts.says_something:
        return None
    return own_digest(
        facts,
        [Owned(name=one.name, score=percent([one]) or 0, state=states.get(one.name, ())) for one in mine[:_MOST_NAMES]],
        more=max(len(mine) - _MOST_NAMES, 0),
        later=len(theirs) - len(fixes),
        asked=[Asked(model=one.model, orphan=one.gap in _ORPHANS) for one in fixes if one.gap in _ASKED],
        weeks=weeks,
        teams=sorted(all_readers.teams_for([user]).values(), key=worst_first),
    )


def _chosen(theirs: Sequence[Finding], most: int) -> list[Finding]:
    """The first of what is to be mended. One of it is always what a press of a button mends, where there is such a
    thing: what takes long to document must not keep a model from ever being confirmed."""
    chosen = list(theirs[:most])
    pressed = next((one for one in theirs if one.gap in _ASKED), None)
    return [*chosen[:-1], pressed] if pressed is not None and pressed not in chosen else chosen


def of_kind(desk: Desk, wrong: Iterable[Finding], *, named: bool) -> list[tuple[str, list[str]]]:
    """What is wrong with models, a group for each kind; `named` says who should see to it."""
    found = list(wrong)
    return [(gap.value, [_finding(desk, one, named=named) for one in found if one.gap == gap]) for gap in Gap]


def _finding(desk: Desk, finding: Finding, *, named: bool) -> str:
    tier = f" (tier {finding.tier})" if finding.tier is not None else ""
    who = f" — {esc(name_of(desk.tx, finding.account), 80)}" if named and finding.account else ""
    return f"*{esc(finding.model, 100)}*{tier}: {finding.detail}{who}"


def _team(
    desk: Desk,
    models: Sequence[Kept],
    wrong: Mapping[str, Sequence[Finding]],
    states: Mapping[str, Sequence[str]],
    most: int,
) -> tuple[list[str], int]:
    """A line for each model of the team with which something is wrong, the most critical first; and how many there are.

    What the lead sees to in person stands above, and not here again.
    """
    bad = [one for one in models if one.name in wrong or one.name in states]
    lines = []
    for one in sorted(bad, key=lambda one: (9 if one.tier is None else one.tier, one.name))[:most]:
        gaps = (found.gap.value for found in wrong.get(one.name, ()))
        kinds = dict.fromkeys([*states.get(one.name, ()), *(gap[0].lower() + gap[1:] for gap in gaps)])
        tier = f"tier {one.tier}, " if one.tier is not None else ""
        who = esc(name_of(desk.tx, one.account), 80) if one.account else "nobody"
        lines.append(f"*{esc(one.name, 100)}* ({tier}{who}): {', '.join(kinds)}")
    return lines, len(bad)
