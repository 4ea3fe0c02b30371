"""Which models that read the same are close by: what everybody reads makes nobody a neighbour, and is only counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from playbooks.lineage import Affected, Node, Sibling

MOST_READERS: Final = 20
"""What more models read than this is everybody's: a fault of one of them says next to nothing of another."""


@dataclass(frozen=True)
class Near:
    """The models that share something with the one that is asked of, and the crowds beside them."""

    siblings: tuple[Sibling, ...]
    """The most important first, none that is downstream as well, with nothing in `shares` that everybody reads."""
    crowds: tuple[tuple[Node, int], ...]
    """What everybody reads, and how many other models do."""


def near(affected: Affected) -> Near:
    """Those for whom the same may well be wrong, apart from those who only read what everybody reads."""
    readers = Counter(thing for one in affected.siblings for thing in one.shares)
    crowds = {thing: number for thing, number in readers.items() if number > MOST_READERS}
    downstream = {one.node for one in affected.downstream}
    found = []
    for one in affected.siblings:
        shares = tuple(thing for thing in one.shares if thing not in crowds)
        if shares and one.node not in downstream:
            found.append(Sibling(one.node, shares))
    return Near(tuple(found), tuple(sorted(crowds.items(), key=lambda pair: (-pair[1], pair[0].name))))
