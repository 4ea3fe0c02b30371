"""Which playbooks fit what is known of a failure, and why, in words for the person who has to choose."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
    found = [_judge(playbook, failure_mode, mode, words, labels or {}) for playbook in library.all()]
    fitting = sorted(
        (one for one in found if one),
        key=lambda one: (-one.score, library.source(one.playbook.id).is_shipped, one.playbook.id),
    )
    if fitting:
        return tuple(fitting)
    common = library.sources.get(COMMON)
    return (Match(common.playbook, "nothing more specific fits what is known so far", 0),) if common else ()


def _judge(
    playbook: Playbook, failure_mode: str | None, mode: str | None, words: str, labels: Mapping[str, str]
) -> Match | None:
    rules = playbook.applies_to
    if rules.modes and mode and mode not in rules.modes:
        return None
    reasons: list[tuple[int, str]] = []
    if failure_mode in rules.failure_modes and failure_mode != "unknown":
        reasons.append((BY_FAILURE_MODE, f"failure mode {failure_mode}"))
    for alert in rules.alerts:
        if alert and all(labels.get(label, "").lower() in _lower(values) for label, values in alert.items()):
            said = ", ".join(f"{label}={labels[label]}" for label in alert)
            reasons.append((BY_ALERT, f"alert label {said}"))
            break
    if said_words := _found(rules.words, words):
        said = ", ".join(f"“{word}”" for word in said_words[:3])
        reasons.append((min(10 * len(said_words), BY_WORDS), f"the title says {said}"))
    if mode and rules.modes == (mode,):
        reasons.append((BY_MODE, f"made for {mode} models"))
    if not reasons:
        return None
    return Match(playbook, "; ".join(reason for _, reason in reasons), sum(score for score, _ in reasons))


def _found(words: Iterable[str], text: str) -> list[str]:
    return [word for word in words if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)]


def _lower(values: Iterable[str]) -> set[str]:
    return {value.lower() for value in values}
