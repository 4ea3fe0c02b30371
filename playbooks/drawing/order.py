"""The order in which a stranger reads a playbook: what must be passed first comes first, side branches before what
both sides come back to, and ways that go round in a circle are told from those that go on.

Numbers follow this order, so that the tree in the terminal and the picture name a step by the same one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """Paths in reading order, the step each one hangs below, and the pairs that lead back."""

    paths: tuple[str, ...]
    above: Mapping[str, str | None]
    """The step that every way to this one passes last: what it is a branch of, or follows."""
    back: frozenset[tuple[str, str]]
    rest: frozenset[str]
    """The steps with which the walk goes on where it forks: far more hangs below them than below those beside them."""

    def below(self, path: str | None) -> tuple[str, ...]:
        """What hangs below a step, in reading order; below None the very first."""
        return tuple(one for one in self.paths if self.above[one] == path)


def arrange(first: str, targets: Mapping[str, Iterable[str]], places: Mapping[str, tuple[int, ...]]) -> Order:
    """Put what `targets` leads to (path → paths) in order; `places` says where each is written."""
    ways_on = {path: tuple(ways) for path, ways in targets.items()}
    leads = {path: tuple(dict.fromkeys(ways)) for path, ways in ways_on.items()}
    back = _going_back(first, leads, places)
    onward = {path: tuple(one for one in ways if (path, one) not in back) for path, ways in leads.items()}
    sorted_paths = _sorted(first, onward)
    above = _dominators(sorted_paths, onward)
    arrivals = Counter(one for path, ways in ways_on.items() for one in ways if (path, one) not in back)
    children, rest = _children(sorted_paths, above, onward, arrivals)
    read, waiting = [], [first]
    while waiting:
        path = waiting.pop()
        read.append(path)
        waiting += reversed(children.get(path, ()))
    return Order(tuple(read), above, back, rest)


def _children(
    paths: list[str], above: Mapping[str, str | None], onward: Mapping[str, tuple[str, ...]], arrivals: Counter[str]
) -> tuple[dict[str, list[str]], frozenset[str]]:
    """What hangs below each step: branches of one answer, what several lead to, the long rest; no step too early."""
    weight = dict.fromkeys(paths, 1)
    children: dict[str, list[str]] = {}
    for path in reversed(paths):
        if (parent := above[path]) is not None:
            weight[parent] += weight[path]
            children.setdefault(parent, []).insert(0, path)
    after: dict[str, set[str]] = {}  # a step → those beside it from whose branch a way leads to it
    for path in paths:
        for target in onward[path]:
            branch = path
            while above[branch] != above[target] and above[target] != branch:
                branch = above[branch] or branch
            if branch != above[target]:
                after.setdefault(target, set()).add(branch)
    rest = frozenset(the_rest for row in children.values() if (the_rest := _the_rest(row, weight)))
    for row in children.values():
        row.sort(key=lambda one: (one in rest, arrivals[one] > 1))
    return {parent: _in_turn(row, after) for parent, row in children.items()}, rest


def _the_rest(row: list[str], weight: Mapping[str, int]) -> str | None:
    heaviest = max(row, key=lambda one: weight[one])
    others = max((weight[one] for one in row if one != heaviest), default=0)
    return heaviest if weight[heaviest] >= 3 * others else None


def _in_turn(row: list[str], after: Mapping[str, set[str]]) -> list[str]:
    waiting, placed = list(row), list[str]()
    while waiting:
        path = next(one for one in waiting if not after.get(one, set()) & set(waiting) - {one})
        waiting.remove(path)
        placed.append(path)
    return placed


def _going_back(
    first: str, leads: Mapping[str, tuple[str, ...]], places: Mapping[str, tuple[int, ...]]
) -> frozenset[tuple[str, str]]:
    """The ways that close a circle. Authors write what comes later further down, so ways up the file are asked last."""
    onward: dict[str, list[str]] = {path: [] for path in leads}
    needed = _fewest_ways_up(first, leads, places)
    for source, target in needed:
        onward[source].append(target)
    others = [(path, target) for path in leads for target in leads[path] if (path, target) not in needed]
    back = set()
    for source, target in sorted(others, key=lambda one: (_is_up(one, places), places[one[0]])):
        if source in _closure(target, onward):
            back.add((source, target))
        else:
            onward[source].append(target)
    return frozenset(back)


def _fewest_ways_up(
    first: str, leads: Mapping[str, tuple[str, ...]], places: Mapping[str, tuple[int, ...]]
) -> frozenset[tuple[str, str]]:
    """One way to every step, which goes up the file only where nothing else leads there."""
    come_by: dict[str, tuple[str, str]] = {}
    here, later = [first], list[tuple[str, str]]()
    seen = {first}
    while here or later:
        if not here:
            pair = later.pop(0)
            if pair[1] in seen:
                continue
            seen.add(pair[1])
            come_by[pair[1]] = pair
            here = [pair[1]]
        path = here.pop(0)
        for target in leads[path]:
            if _is_up((path, target), places):
                later.append((path, target))
            elif target not in seen:
                seen.add(target)
                come_by[target] = (path, target)
                here.append(target)
    return frozenset(come_by.values())


def _is_up(pair: tuple[str, str], places: Mapping[str, tuple[int, ...]]) -> bool:
    return places[pair[1]] <= places[pair[0]]


def _closure(start: str, leads: Mapping[str, Iterable[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for target in leads[waiting.pop()]:
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def _sorted(first: str, onward: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Topologically; of several ways the first one's steps come first."""
    seen, finished = {first}, list[str]()
    stack = [(first, iter(reversed(onward[first])))]
    while stack:
        path, ways = stack[-1]
        target = next(ways, None)
        if target is None:
            finished.append(path)
            stack.pop()
        elif target not in seen:
            seen.add(target)
            stack.append((target, iter(reversed(onward[target]))))
    return finished[::-1]


def _dominators(paths: list[str], onward: Mapping[str, tuple[str, ...]]) -> dict[str, str | None]:
    above: dict[str, str | None] = {paths[0]: None}
    level = {paths[0]: 0}
    before: dict[str, list[str]] = {}
    for path in paths:
        for target in onward[path]:
            before.setdefault(target, []).append(path)
    for path in paths[1:]:
        common, *others = before[path]
        for other in others:
            common = _meeting(common, other, above, level)
        above[path], level[path] = common, level[common] + 1
    return above


def _meeting(one: str, other: str, above: Mapping[str, str | None], level: Mapping[str, int]) -> str:
    while one != other:
        if level[one] < level[other]:
            one, other = other, one
        one = above[one] or one
    return one
