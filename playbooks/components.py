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


def documents(key: str, mode: str | None, parts: Sequence[Part]) -> bool:
    """Whether the parts say what a field of the whole would say.

    What an LLM serves is its parts, often with no model in any registry. Their versions are its version, what they were
    before is what it goes back to: but only where each of them says so, for one that cannot go back keeps all of it.
    """
    cell = _STANDS_FOR.get(key)
    return mode == "llm" and cell is not None and bool(parts) and all(part.get(cell) for part in parts)
