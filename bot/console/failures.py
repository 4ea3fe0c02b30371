"""What a command says when something failed that nobody foresaw: one sentence; the traceback is kept in a file."""

from __future__ import annotations

import logging
import tempfile
import traceback
from pathlib import Path

from bot.logs import Blotting

log = logging.getLogger(__name__)


def told(broken: Exception) -> str:
    """The sentence for the operator. A serving bot has the traceback in its log, every other command in a file."""
    if isinstance(broken, OSError) and broken.strerror:
        what = f"{broken.filename}: " if broken.filename else "The system refused it: "
        return f"{what}{broken.strerror.lower()}."
    if any(isinstance(handler.formatter, Blotting) for handler in logging.getLogger().handlers):
        log.error("ended by a fault of its own", exc_info=broken)
        where = "the log above has the details"
    else:
        where = _kept("".join(traceback.format_exception(broken)))
    return f"ml-incident itself failed ({type(broken).__name__}), which is no mistake of yours; {where}."


def _kept(details: str) -> str:
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="ml-incident-", suffix=".log", encoding="utf-8", delete=False
        ) as file:
            file.write(Blotting().blot(details))
    except OSError:
        return "and its details could not be kept, because no temporary folder can be written to"
    return f"tell whoever looks after it of {Path(file.name)}"
