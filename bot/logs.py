"""Logging to stderr: one line per record, in text or JSON, with every secret blotted out."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

BLOT = "[secret]"

_TOKENS = re.compile(r"\b(?:xox[a-z]|xapp|xwfp)-[A-Za-z0-9-]+|(?<=[Bb]earer )[^\s\"']+|(?<=://)[^\s/@]+:[^\s/@]+(?=@)")
_QUIET = ("apscheduler", "httpx", "alembic", "uvicorn", "bot.bolt", "bot.socket_mode.client")
"""Libraries that tell of every call or tick at INFO."""


class Blotting(logging.Formatter):
    """One line per record. Secrets go after formatting, so that none gets through in arguments or tracebacks."""

    def __init__(self, *, secrets: Iterable[str] = (), as_json: bool = False) -> None:
        super().__init__()
        # The longest first: a secret that begins like another one must not leave its tail behind.
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 6}, key=len, reverse=True)
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        message = record.getMessage()
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        if self._as_json:
            line = {"at": at, "level": record.levelname, "logger": record.name, "message": self.blot(message)}
            if trace:
                line["traceback"] = self.blot(trace)
            return json.dumps(line, ensure_ascii=False)
        text = f"{at} {record.levelname:<7} {record.name}: {message}"
        return self.blot(_on_one_line(f"{text}\n{trace}" if trace else text))

    def blot(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, BLOT)
        return _TOKENS.sub(BLOT, text)


def _on_one_line(text: str) -> str:
    """Line ends become bars: nobody who types one into Slack can forge a record."""
    return " | ".join(line.strip() for line in text.splitlines() if line.strip())


def start_logging(*, secrets: Iterable[str] = (), as_json: bool = False, level: str = "INFO") -> None:
    """Send every logger's records to stderr, from now on and once."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Blotting(secrets=secrets, as_json=as_json))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
