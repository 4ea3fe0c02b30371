"""The parts that a model's answers are made of besides its weights: which there are, and what they stand for."""

from collections.abc import Mapping, Sequence
from typing import Final

Part = Mapping[str, str]

KINDS: Final[dict[str, str]] = {
    "prompt": "Prompt",
    "provider-model": "Provider's model",
    "retrieval-index": "Retrieval index",
    "guardrail": "Guardrail",
    "feature-view": "Feature view",
    "flag": "Flag",
    "serving-image": "Serving image",
}

COMPONENT: Final[dict[str, str]] = {
    "kind": "component",
    "name": "text",
    "version": "text",
    "previous": "text",
    "changed_at": "moment",
    "where": "link",
    "roll_back": "text",
}
"""What is known of a part, and its kind."""

MEANS: Final[dict[str, str]] = {
    "kind": "What sort of part it is.",
    "name": "What its team calls it.",
    "version": "What answers now: a number, a snapshot, a state of a flag.",
    "previous": "What it goes back to; none for a part that was never different.",
    "changed_at": "When the version came.",
    "where": "A link to where it is changed.",
    "roll_back": "How it goes back, for somebody who has never done it.",
}
"""What to write into each, for editors."""

_STANDS_FOR: Final = {"serving": "version", "rollback": "previous", "deployed_at": "changed_at"}


def kind_title(part: Part) -> str:
    """What people call this sort of part; the word itself when nobody named it."""
    kind = part.get("kind", "")
    return KINDS.get(kind, kind)


def latest_first(parts: Sequence[Part]) -> list[Part]:
    """The part that was changed last first; those of which nobody knows when stay in their order, after the others."""
    dated = [part for part in parts if part.get("changed_at")]
    # ISO dates and times compare as text up to the day, which is all that an order for people needs.
    dated.sort(key=lambda part: part["changed_at"], reverse=True)
    return dated + [part for part in parts if not part.get("changed_at")]


def named(part: Part) -> tuple[str, str]:
    """What makes two rows the same part: its kind and its name, in any case."""
    return part.get("kind", "").casefold(), " ".join(part.get("name", "").casefold().split())


def joined(said: Sequence[tuple[str, Sequence[Part]]]) -> list[dict[str, str]]:
    """The parts that several places name, each once; (place, its parts), the first place knows best.

    A row of the first that says no version takes from a later one what it leaves open: people write how a prompt goes
    back, a registry knows where it stands. A row with a version stands as it is, for half of it would be of another
    time. What is not of the first place alone says in `source` where it is from.
    """
    rows: list[dict[str, str]] = []
    for place, parts in said:
        before = {named(row): row for row in reversed(rows)}  # of two arms of one prompt both stay, from one place
        for part in parts:
            row = before.get(named(part))
            if row is None:
                rows.append({**part} if place == said[0][0] else {**part, "source": place})
            elif not row.get("version") and part.get("version"):
                both = f"{row.get('source') or said[0][0]} and {place}"
                row.update({**part, **{cell: text for cell, text in row.items() if text}, "source": both})
    cells = [*COMPONENT, "source"]
    return [{cell: row[cell] for cell in sorted(row, key=lambda cell: _place(cell, cells))} for row in rows]


def _place(cell: str, cells: Sequence[str]) -> int:
    return cells.index(cell) if cell in cells else len(cells)


def in_words(part: Part) -> str:
    """One part on one line, for a terminal."""
    said = f"{kind_title(part)} {part.get('name', '')}, {part.get('version') or 'version UNKNOWN'}"
    said += f" since {part['changed_at']}" if part.get("changed_at") else ""
    said += f", before {part['previous']}" if part.get("previous") else ""
    said += f"; roll back: {part.get('roll_back') or 'UNKNOWN'}"
    said += f"; changed in {part['where']}" if part.get("where") else ""
    return said + (f" ({part['source']})" if part.get("source") else "")


def contradicted(shown: Sequence[Part], said: Sequence[Part]) -> list[str]:
    """The parts that somebody else says to be of another version than is shown, in words."""
    versions: dict[tuple[str, str], set[str]] = {}
    for part in shown:
        versions.setdefault(named(part), set()).update({part["version"]} if part.get("version") else ())
    return [
        f"{kind_title(part).lower()} {part.get('name', '')} {version}"
        for part in said
        if (version := part.get("version")) and version not in (versions.get(named(part)) or {version})
    ]


def documents(key: str, mode: str | None, parts: Sequence[Part]) -> bool:
    """Whether the parts say what a field of the whole would say.

    What an LLM serves is its parts, often with no model in any registry. Their versions are its version, what they were
    before is what it goes back to: but only where each of them says so, for one that cannot go back keeps all of it.
    """
    cell = _STANDS_FOR.get(key)
    return mode == "llm" and cell is not None and bool(parts) and all(part.get(cell) for part in parts)
