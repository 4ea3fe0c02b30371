"""What can stop the program, as sentences for an operator; and the short references that people quote to one."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence

DONE, FOUND_A_PROBLEM, WRONG_USAGE = 0, 1, 2
"""What the command's exit codes mean."""

_UNMISTAKABLE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Stop(Exception):
    """The program cannot go on. Its text is one sentence, or one per line, that says what to do."""

    exit_code = FOUND_A_PROBLEM


class WrongUsage(Stop):
    """The command was used or set up wrongly."""

    exit_code = WRONG_USAGE


class SettingsBroken(WrongUsage):
    """Settings that cannot be used; `faults` has a sentence for each."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def log_with_reference(log: logging.Logger, what: str) -> str:
    """Log the exception being handled under a new short reference, and return the reference."""
    reference = "".join(secrets.choice(_UNMISTAKABLE) for _ in range(6))
    log.exception("%s failed, reference %s", what, reference)
    return reference


def nothing_happened(reference: str) -> str:
    """What a person reads when it was our fault and everything was rolled back."""
    return (
        "Nothing happened: something went wrong on my side. Please try again. "
        f"If it stays like this, give whoever runs this bot the reference {reference}."
    )
