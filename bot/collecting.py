"""When Python looks through all of its objects: not while a registry is read, for it stops every thread meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_NEVER: Final = 1_000_000_000


@contextmanager
def collecting_when_asked() -> Iterator[None]:
    """Within: what is there already is never looked through again, and all of the rest only by `collect`.

    Ten thousand cards are some 200,000 objects; Python by itself looks through them again and again while they are
    read, for a fifth of a second each, and finds nothing. What dies young is still found at once.
    """
    young, middle, old = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(young, middle, _NEVER)
    try:
        yield
    finally:
        gc.set_threshold(young, middle, old)
        gc.unfreeze()


def collect() -> None:
    """Look through all objects now, while few of them are there."""
    gc.collect()
