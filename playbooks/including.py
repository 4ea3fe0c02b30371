"""Playbooks that include each other: what is not there, what goes round in a circle, what is nested too deep."""

from collections.abc import Collection, Mapping
from typing import Final

from playbooks.faults import MOST_HINTS, Fault, closest
from playbooks.judging import Judged

DEEPEST_INCLUDE: Final = 3

Known = Mapping[str, Collection[str]]
"""The ids of all playbooks, each with the ids that it includes."""


def depths(known: Known) -> dict[str, int]:
    """How many playbooks deep including each goes: 1 where it includes none. Who leads into a circle is left out.

    Worked out from the innermost outwards, without recursion: a thousand files may include each other in a row.
    """
    waiting = {one: {inner for inner in inside if inner in known} for one, inside in known.items()}
    around: dict[str, list[str]] = {}
    for one, inside in waiting.items():
        for inner in inside:
            around.setdefault(inner, []).append(one)
    found: dict[str, int] = {}
    ready = [one for one, inside in waiting.items() if not inside]
    while ready:
        one = ready.pop()
        found[one] = 1 + max((found[inner] for inner in known[one] if inner in found), default=0)
        for outer in around.get(one, ()):
            waiting[outer].discard(one)
            if not waiting[outer]:
                ready.append(outer)
    return found


def check_includes(judged: Judged, known: Known, deep: Mapping[str, int]) -> list[Fault]:
    """Includes of what does not exist, of themselves, or nested deeper than three. `deep` is `depths(known)`."""
    faults: list[Fault] = []
    for included, at in judged.includes.items():
        path = ("steps", at, "playbook")
        if included not in known:
            meant = closest(included, known) if len(faults) < MOST_HINTS // 10 else None
            hint = f"; did you mean “{meant}”?" if meant else "."
            faults.append(judged.fault(path, f"there is no playbook “{included[:60]}” to include{hint}"))
        elif included not in deep:
            faults.append(judged.fault(path, f"including “{included}” goes round in a circle."))
        elif deep[included] > DEEPEST_INCLUDE:
            faults.append(judged.fault(path, f"includes are nested deeper than {DEEPEST_INCLUDE} here."))
    return faults
