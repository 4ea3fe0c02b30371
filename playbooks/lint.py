"""What a playbook's schema cannot see: answers, conditions, evidence, placeholders, dates."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, Final

from playbooks.faults import Fault, closest, not_one_of
from playbooks.fields import FIELDS, POC_TEAMS, field_for
from playbooks.lifecycle import FAILURE_MODES, Mode, Severity
from playbooks.lint_asking import check_asking
from playbooks.lint_texts import check_braces, check_texts
from playbooks.placeholders import is_known
from playbooks.reading import Document, Path

_LONGEST_TEAM: Final = 40
_SHORTEST_TOLD: Final = 5
_INCIDENT: Final = frozenset({"incident.severity", "incident.failure_mode"})
_VALUES: Final[dict[str, frozenset[str]]] = {
    "incident.severity": frozenset(Severity),
    "incident.failure_mode": frozenset(FAILURE_MODES),
    "model.tier": frozenset({"0", "1", "2", "3", "unknown"}),
    "model.mode": frozenset({*Mode, "unknown"}),
}


def check_words(document: Document, *, today: date | None, connections: Collection[str] | None = None) -> list[Fault]:
    """All faults of these kinds; tolerant of a file that has others.

    Without `today` no date is judged; without `connections` neither names that an organisation chooses nor what is
    only ugly, because a bot that starts asks for no more than what can be walked.
    """
    if not isinstance(document.data, dict):
        return []
    data, faults = document.data, []
    variables = _table(data.get("vars"))
    for at, step in _rows(data.get("steps")):
        path: Path = ("steps", at)
        faults += [*_decision(document, step, path), *_evidence(document, step, path)]
        faults += [*_when(document, step, path, variables), *_sets(document, step, path, variables)]
        faults += check_asking(document, step, path, connections)
        if connections is not None:
            faults += _teams(document, step, path)
    faults += [*_twice(document), *check_texts(document, data, variables), *_variables(document, variables)]
    if connections is not None:
        faults += check_braces(document, data, variables)
        faults += [
            fault
            for at, timer in _rows(data.get("timers"))
            for fault in _team(document, timer.get("remind"), ("timers", at, "remind"))
        ]
    if isinstance(data.get("review_by"), int | float):  # which pydantic would take for seconds since 1970
        faults.append(document.fault(("review_by",), "expected a day, such as 2027-05-01."))
    if today is not None:
        faults += _review(document, data, today)
    return faults


def _decision(document: Document, step: dict[str, Any], path: Path) -> Iterator[Fault]:
    if step.get("kind") != "decision":
        return
    options = _rows(step.get("options"))
    path = (*path, "options")
    if isinstance(step.get("options"), list) and not 2 <= len(options) <= 5:
        yield document.fault(path, f"a decision has two to five answers, this one has {len(options)}.")
    unsure = [at for at, option in options if option.get("cannot_tell") is True]
    if options and not unsure:
        yield document.fault(path, "one answer must be for people who cannot tell: give it `cannot_tell: true`.")
    for at in unsure[1:]:
        yield document.fault((*path, at), "only one answer may have `cannot_tell: true`.")
    seen: set[str] = set()
    for at, option in options:
        label = str(option.get("label", "")).strip().lower()
        if label and label in seen:
            yield document.fault((*path, at, "label"), "two answers have this label.")
        seen.add(label)


def _evidence(document: Document, step: dict[str, Any], path: Path) -> Iterator[Fault]:
    for at, item in _rows(step.get("evidence")):
        is_choice = item.get("kind") == "choice"
        if is_choice and not item.get("choices"):
            yield document.fault((*path, "evidence", at), "evidence of kind “choice” needs `choices`.")
        if not is_choice and item.get("choices"):
            yield document.fault((*path, "evidence", at, "choices"), "only evidence of kind “choice” has choices.")


def _when(document: Document, step: dict[str, Any], path: Path, variables: dict[str, Any]) -> Iterator[Fault]:
    for key, values in _table(step.get("when")).items():
        place = (*path, "when", key)
        if not _may_be_asked(key, variables):
            known = [*_INCIDENT, *(f"model.{field.key}" for field in FIELDS if not field.is_pattern)]
            choices = [*known, *(f"vars.{name}" for name in variables)]
            yield document.fault(place, not_one_of(key, choices), at_key=True)
        elif key in _VALUES:
            for value in values if isinstance(values, list) else [values]:
                if str(value) not in _VALUES[key]:
                    yield document.fault(place, not_one_of(str(value), _VALUES[key]))


def _may_be_asked(key: str, variables: dict[str, Any]) -> bool:
    kind, _, rest = key.partition(".")
    if kind == "model":
        return field_for(rest) is not None and not rest.endswith("*")
    return key in _INCIDENT or (kind == "vars" and rest in variables)


def _sets(document: Document, step: dict[str, Any], path: Path, variables: dict[str, Any]) -> Iterator[Fault]:
    for at, option in _rows(step.get("options")):
        for key, value in _table(option.get("sets")).items():
            place = (*path, "options", at, "sets", key)
            if key == "failure_mode":
                if not isinstance(value, str) or value not in FAILURE_MODES:
                    yield document.fault(place, not_one_of(str(value), FAILURE_MODES))
            elif key.removeprefix("vars.") not in variables or not key.startswith("vars."):
                choices = ["failure_mode", *(f"vars.{name}" for name in variables)]
                yield document.fault(place, not_one_of(key, choices), at_key=True)


def _twice(document: Document) -> Iterator[Fault]:
    """Evidence and timers are found by their ids, so each id is there once. Variables know no difference of - and _."""
    data = document.data if isinstance(document.data, dict) else {}
    evidence = [
        (("steps", at, "evidence", row, "id"), item.get("id"))
        for at, step in _rows(data.get("steps"))
        for row, item in _rows(step.get("evidence"))
    ]
    timers = [(("timers", at, "id"), timer.get("id")) for at, timer in _rows(data.get("timers"))]
    for rows in (evidence, timers):
        seen: set[object] = set()
        for path, name in rows:
            if not isinstance(name, str):
                continue
            if name.replace("-", "_") in seen:
                yield document.fault(path, f"“{name[:60]}” is there twice; give it an id of its own.")
            seen.add(name.replace("-", "_"))


def _teams(document: Document, step: dict[str, Any], path: Path) -> Iterator[Fault]:
    """Organisations name teams as they like, so only a name that nobody would choose beside a known one is a slip."""
    yield from _team(document, step.get("role"), (*path, "role"))
    asked = step.get("approval")
    for at, name in enumerate(asked if isinstance(asked, list) else ()):
        yield from _team(document, name, (*path, "approval", at))


def _team(document: Document, role: Any, path: Path) -> Iterator[Fault]:
    team = role.removeprefix("poc:") if isinstance(role, str) and role.startswith("poc:") else ""
    if not team or len(team) > _LONGEST_TEAM or team in POC_TEAMS:
        return
    meant = next((one for one in POC_TEAMS if _is_slip(team, one)), None)
    if meant is not None:
        yield document.fault(path, f"“{role}” looks like a slip; did you mean “poc:{meant}”?")


def _is_slip(word: str, known: str) -> bool:
    """Written with other signs between its words, or one letter off in a name that is long enough to tell."""
    if _letters(word) == _letters(known):
        return True
    if len(known) < _SHORTEST_TOLD or word == f"{known}s":
        return False
    shorter, longer = sorted((word.lower(), known), key=len)
    if len(shorter) == len(longer):
        wrong = [at for at in range(len(shorter)) if shorter[at] != longer[at]]
        is_swapped = len(wrong) == 2 and [shorter[at] for at in wrong] == [longer[at] for at in reversed(wrong)]
        return len(wrong) == 1 or (is_swapped and wrong[1] == wrong[0] + 1)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _variables(document: Document, variables: dict[str, Any]) -> Iterator[Fault]:
    for name, variable in variables.items():
        source = variable.get("from") if isinstance(variable, dict) else None
        if isinstance(source, str) and not is_known(source, {}):
            meant = closest(source, [f"model.{field.key}" for field in FIELDS if not field.is_pattern])
            hint = f"did you mean “{meant}”?" if meant else "use model.rollback and alike."
            yield document.fault(("vars", name, "from"), f"there is no fact “{source[:60]}”; {hint}")


def _review(document: Document, data: dict[str, Any], today: date) -> Iterator[Fault]:
    try:
        due = date.fromisoformat(str(data.get("review_by"))[:10])
    except ValueError:
        return
    if due < today:
        said = f"this playbook was to be reviewed by {due}; walk through it, then set a new date."
        yield document.fault(("review_by",), said)


def _rows(value: Any) -> list[tuple[int, dict[str, Any]]]:
    rows = value if isinstance(value, list) else []
    return [(at, row) for at, row in enumerate(rows) if isinstance(row, dict)]


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
