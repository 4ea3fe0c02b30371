"""The steps of a playbook as a graph: where each leads, what nobody reaches, what never ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from playbooks.faults import MOST_HINTS, Fault, closest
from playbooks.reading import Document, Path

_MAY_FAIL: Final = ("check", "action")


@dataclass(frozen=True)
class Sketch:
    """As much of a step as can be told from a file that may have other faults."""

    id: str
    kind: str
    path: Path
    targets: tuple[tuple[Path, str], ...]

    @property
    def leads_to(self) -> set[str]:
        """The ids of all steps that may come after this one in the same playbook."""
        return {target for _, target in self.targets}


def sketch(document: Document) -> tuple[Sketch, ...]:
    """The steps that have an id, each with where it leads."""
    rows = _steps(document)
    sketches = []
    following = [*(str(row["id"]) for _, row in rows[1:]), None]
    for (at, row), below in zip(rows, following, strict=False):
        kind = str(row.get("kind", "task"))
        path: Path = ("steps", at)
        sketches.append(Sketch(str(row["id"]), kind, path, tuple(_targets(row, kind, path, below))))
    return tuple(sketches)


def check_graph(document: Document) -> list[Fault]:
    """Duplicate ids, jumps into nothing, steps that nobody reaches, steps from where no end is reached."""
    steps = sketch(document)
    if not steps:
        return []
    return [
        *_duplicates(document, steps),
        *_dangling(document, steps),
        *_lost(document, steps),
        *_circles(document),
    ]


def _steps(document: Document) -> list[tuple[int, dict[str, Any]]]:
    data = document.data if isinstance(document.data, dict) else {}
    rows = data.get("steps")
    if not isinstance(rows, list):
        return []
    return [(at, row) for at, row in enumerate(rows) if isinstance(row, dict) and isinstance(row.get("id"), str)]


def _targets(row: dict[str, Any], kind: str, path: Path, below: str | None) -> Iterator[tuple[Path, str]]:
    if kind == "end":
        return
    if kind == "decision":
        options = row.get("options")
        for at, option in enumerate(options if isinstance(options, list) else []):
            if isinstance(option, dict) and isinstance(option.get("goto"), str):
                yield (*path, "options", at, "goto"), option["goto"]
    if kind in _MAY_FAIL and isinstance(row.get("on_fail"), str):
        yield (*path, "on_fail"), row["on_fail"]
    onward = "otherwise" if kind == "decision" else "next"
    if isinstance(row.get(onward), str):
        yield (*path, onward), row[onward]
        return
    if kind == "decision" and not row.get("when"):
        return
    if below is not None:
        yield path, below


def _duplicates(document: Document, steps: tuple[Sketch, ...]) -> list[Fault]:
    seen: dict[str, Sketch] = {}
    faults = []
    for step in steps:
        if step.id in seen:
            line = document.places.get((*seen[step.id].path, "id"), (0, 0))[0]
            faults.append(document.fault((*step.path, "id"), f"“{step.id}” is the id of line {line} too."))
        seen.setdefault(step.id, step)
    return faults


def _dangling(document: Document, steps: tuple[Sketch, ...]) -> list[Fault]:
    ids = {step.id for step in steps}
    jumps = [target for step in steps for target in step.targets]
    start = document.data.get("start") if isinstance(document.data, dict) else None
    if isinstance(start, str):
        jumps.append((("start",), start))
    faults: list[Fault] = []
    listed = ", ".join(one[:60] for one in sorted(ids)[:20])
    for path, target in jumps:
        if target not in ids:
            meant = closest(target, ids) if len(faults) < MOST_HINTS else None
            hint = f"; did you mean “{meant}”?" if meant else f". Steps: {listed}."
            faults.append(document.fault(path, f"there is no step “{target[:60]}”{hint}"))
    return faults


def _lost(document: Document, steps: tuple[Sketch, ...]) -> list[Fault]:
    start = document.data.get("start") if isinstance(document.data, dict) else None
    first = start if isinstance(start, str) else steps[0].id
    by_id = {step.id: step for step in reversed(steps)}
    reached = _closure({first}, {step.id: step.leads_to for step in by_id.values()})
    backwards: dict[str, set[str]] = {}
    for step in by_id.values():
        for target in step.leads_to:
            backwards.setdefault(target, set()).add(step.id)
    ending = _closure({step.id for step in steps if step.kind == "end"}, backwards)
    faults = []
    for step in by_id.values():
        if first in by_id and step.id not in reached:
            faults.append(document.fault((*step.path, "id"), f"no step leads to “{step.id}”."))
        if step.id not in ending and step.leads_to <= set(by_id):
            said = f"no end can be reached from “{step.id}”; lead it to a step of kind “end”."
            faults.append(document.fault((*step.path, "id"), said))
    return faults


def _circles(document: Document) -> list[Fault]:
    """Steps that lead back to themselves when none of their conditions holds: nobody would ever be asked anything."""
    rows = _steps(document)
    onward: dict[str, str] = {}
    for number, (_, row) in enumerate(rows):
        below = str(rows[number + 1][1]["id"]) if number + 1 < len(rows) else None
        named = row.get("otherwise" if row.get("kind") == "decision" else "next")
        target = named if isinstance(named, str) else below
        if row.get("when") and target is not None:
            onward.setdefault(str(row["id"]), target)
    circling = {start for start in onward if _comes_back(start, onward)}
    said = "where its condition does not hold, the run goes round in a circle from here; lead it on to another step."
    return [document.fault(("steps", at, "id"), said) for at, row in rows if row["id"] in circling]


def _comes_back(start: str, onward: dict[str, str]) -> bool:
    at, seen = onward[start], set[str]()
    while at in onward and at not in seen and at != start:
        seen.add(at)
        at = onward[at]
    return at == start


def _closure(start: set[str], edges: dict[str, set[str]]) -> set[str]:
    found, waiting = set(start), list(start)
    while waiting:
        for target in edges.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found
