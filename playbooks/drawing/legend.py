"""What the marks of a picture mean, written below it."""

from dataclasses import dataclass

from playbooks.drawing.palette import INK, LINE, LOOP, PHASES, TAKEN, paler
from playbooks.drawing.picture import Group, Item, Line, Shape, Words
from playbooks.drawing.plan import Plan
from playbooks.drawing.words import width

_SIZE = 14.0
_SAMPLE = 40.0


@dataclass(frozen=True)
class Legend:
    """The group to paint, and where it ends."""

    group: Group
    bottom: float


def legend(top: float, room: float, plan: Plan, *, with_path: bool) -> Legend:
    """One sample and its words after the other, in as many lines as it takes."""
    entries = [("way", "leads on to")]
    if plan.order.back:
        entries.append(("loop", "leads back"))
    if with_path:
        entries += [("taken", "taken"), ("skipped", "skipped"), ("not-taken", "not taken")]
    items: list[Item] = []
    x, y = 14.0, top
    for kind, words in entries:
        wide = _SAMPLE + 8 + width(words, _SIZE) + 22
        if x + wide > room and x > 14:
            x, y = 14.0, y + 26
        items += [*_sample(kind, x, y), Words(x + _SAMPLE + 8, y + 5, words, _SIZE, INK)]
        x += wide
    y += 26
    note = "The number behind an answer is the number of the step it leads to."
    items.append(Words(14.0, y + 5, note, _SIZE, INK))
    return Legend(Group(tuple(items), "Legend"), y + 14)


def _sample(kind: str, x: float, y: float) -> list[Item]:
    line = ((x, y), (x + _SAMPLE, y))
    if kind == "not-taken":
        pale = paler(PHASES[None])
        corners = ((x, y - 8), (x + _SAMPLE, y - 8), (x + _SAMPLE, y + 8), (x, y + 8))
        return [Shape(corners, "#ffffff", pale, 1.4), Shape((*corners[:2], (x + _SAMPLE, y - 2), (x, y - 2)), pale)]
    if kind in {"taken", "skipped"}:
        return [Line(line, TAKEN, 4.0, dashed=kind == "skipped", arrow=True)]
    return [Line(line, LOOP if kind == "loop" else LINE, 1.6, arrow=True)]
