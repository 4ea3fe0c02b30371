"""The words in a part of a message that the page has no drawing for."""

from __future__ import annotations

from collections.abc import Iterator

from bot.sandbox.fields import Json

# Where words for people stand; everything else is for programs.
SAID = ("title", "name", "text", "subtitle", "body", "description", "label", "caption", "alt_text", "fallback", "value")
DEEPEST = 12


def words_in(part: object, *, depth: int = 0) -> Iterator[str]:
    """Every piece of text in it, in the order of reading."""
    if isinstance(part, str):
        yield from (line for line in part.split("\n") if line.strip())
    elif depth < DEEPEST and isinstance(part, list):
        for one in part:
            yield from words_in(one, depth=depth + 1)
    elif depth < DEEPEST and isinstance(part, dict):
        yield from _in_order(part, depth)


def _in_order(part: Json, depth: int) -> Iterator[str]:
    known = [key for key in SAID if key in part and not (key == "value" and "text" in part)]
    for key in known:
        yield from words_in(part[key], depth=depth + 1)
    for key, inside in part.items():
        if key not in SAID and isinstance(inside, dict | list):
            yield from words_in(inside, depth=depth + 1)
