"""How well models are documented, and what became of that: in words, in few words, and as one small chart."""

from __future__ import annotations

from dataclasses import dataclass

from bot.views.text import esc
from playbooks.scores import Weeks, change

NO_TEAM = "no team"
_COMPARED = ((1, "a week", "last week"), (4, "four", "four weeks ago"))
_BARS, _GAP = "▁▂▃▄▅▆▇█", "·"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A team, how many models it has, and how well they are documented, in percent, week by week, now last."""

    name: str
    """As people read it; empty for the models of no team."""
    models: int
    weeks: Weeks

    @property
    def percent(self) -> int:
        """Now."""
        return (self.weeks[-1] if self.weeks else None) or 0


def trend(weeks: Weeks, whose: str = "these") -> str:
    """How well now, against last week and four weeks ago, and the chart; mrkdwn. Empty without models."""
    if not weeks:
        return ""
    week, month = change(weeks, 1), change(weeks, 4)
    compared = [
        *([] if week is None else [f"{_points(week)} than last week" if week else "as last week"]),
        *([] if month is None else [f"{_points(month)} than four weeks ago" if month else "as four weeks ago"]),
    ]
    said = f"*Documented* {weeks[-1]} % of what {whose} models should have"
    known = [one for one in weeks if one is not None]
    drawn = f"  {chart(weeks)} {len(weeks)} weeks, from {min(known)} % to {max(known)} %" if chart(weeks) else ""
    return f"{', '.join([said, ' and '.join(compared)]) if compared else said}.{drawn}"


def in_short(standing: Standing) -> str:
    """*risk* 72 %, +3 in a week, +9 in four (12 models); mrkdwn. A line on a phone where nothing changed."""
    name = f"*{esc(standing.name, 100)}*" if standing.name else f"_{NO_TEAM}_"
    moves = [(change(standing.weeks, back), span, ago) for back, span, ago in _COMPARED]
    since = [
        f"{moved:+d} in {span}".replace("-", "−") if moved else f"as {ago}"
        for moved, span, ago in moves
        if moved is not None
    ]
    if since and not any(moved for moved, _, _ in moves):
        since = ["unchanged"]
    count = "one model" if standing.models == 1 else f"{standing.models:,} models"
    return f"{', '.join([f'{name} {standing.percent} %', *since])} ({count})"


def chart(weeks: Weeks) -> str:
    """A bar for each week between the worst and the best of them, a dot for one of which nothing is known; or
    nothing, where nothing ever changed."""
    known = {one for one in weeks if one is not None}
    if len(known) < 2:
        return ""
    low, span = min(known), max(known) - min(known)
    bars = (_GAP if one is None else _BARS[(one - low) * (len(_BARS) - 1) // span] for one in weeks)
    return f"`{''.join(bars)}`"


def _points(moved: int) -> str:
    return f"{abs(moved)} {'point' if abs(moved) == 1 else 'points'} {'more' if moved > 0 else 'less'}"
