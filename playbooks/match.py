"""Which playbooks fit what is known of a failure, and why, in words for the person who has to choose."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from playbooks.load import Library
from playbooks.model import COMMON, Playbook

BY_FAILURE_MODE: Final = 100
BY_ALERT: Final = 50
"""What a failure mode or an alert says is enough to begin with."""
BY_WORDS: Final = 40
"""However many words of a title fit, they are only a hint."""
BY_MODE: Final = 5


@dataclass(frozen=True)
class Match:
    """A playbook that fits, and why: 'alert label ml_failure_mode=bad-data; the title says “null”'."""

    playbook: Playbook
    reason: str
    score: int


def match(
    library: Library,
    *,
    failure_mode: str | None = None,
    mode: str | None = None,
    words: str = "",
    labels: Mapping[str, str] | None = None,
) -> tuple[Match, ...]:
    """The playbooks that fit, best first; the common one when nothing does. Empty only for an empty library.

    Of two that fit equally well, the organisation's own comes before a shipped one.
    """
    said = _spaced(words)
    known = [source.playbook for source in library.sources.values()]
    found = [_judge(playbook, failure_mode, mode, said, labels or {}) for playbook in known]
    fitting = sorted(
        (one for one in found if one),
        key=lambda one: (-one.score, library.source(one.playbook.id).is_shipped, one.playbook.id),
    )
    if fitting:
        return tuple(fitting)
    common = library.sources.get(COMMON)
    return (Match(common.playbook, "nothing more specific fits what is known so far", 0),) if common else ()


def _judge(
    playbook: Playbook, failure_mode: str | None, mode: str | None, said: str, labels: Mapping[str, str]
) -> Match | None:
    rules = playbook.applies_to
    if rules.modes and mode and mode not in rules.modes:
        return None
    reasons: list[tuple[int, str]] = []
    if failure_mode in rules.failure_modes and failure_mode != "unknown":
        reasons.append((BY_FAILURE_MODE, f"failure mode {failure_mode}"))
    for alert in rules.alerts:
        if alert and all(labels.get(label, "").lower() in _lower(values) for label, values in alert.items()):
            carried = ", ".join(f"{label}={labels[label]}" for label in alert)
            reasons.append((BY_ALERT, f"alert label {carried}"))
            break
    if fitting := _found(rules.words, said):
        listed = ", ".join(f"“{word}”" for word in fitting[:3])
        reasons.append((min(10 * len(fitting), BY_WORDS), f"the title says {listed}"))
    if mode and rules.modes == (mode,):
        reasons.append((BY_MODE, f"made for {mode} models"))
    if not reasons:
        return None
    return Match(playbook, "; ".join(reason for _, reason in reasons), sum(score for score, _ in reasons))


def _found(words: Iterable[str], said: str) -> list[str]:
    return [word for word in words if _known(word) in said]


def _spaced(text: str) -> str:
    """The words of a text in small letters, a space around each, so that one is found in another without a search."""
    words = re.findall(r"\w+", text.lower())
    return f" {' '.join(words)} "


@lru_cache(maxsize=50_000)
def _known(word: str) -> str:
    """The same for a word of a playbook: there are thousands, and every opening looks at all of them."""
    return _spaced(word)


def _lower(values: Iterable[str]) -> set[str]:
    return {value.lower() for value in values}
