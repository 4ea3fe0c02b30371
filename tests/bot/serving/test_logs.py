"""Logs: one line per record, and no secret in any of them."""

from __future__ import annotations

import json
import logging

from bot.logs import BLOT, Blotting


def record(message: str, *arguments: object, trace: bool = False) -> logging.LogRecord:
    info = None
    if trace:
        try:
            int("with hunter2-hunter2")
        except ValueError as problem:
            info = (type(problem), problem, problem.__traceback__)
    return logging.LogRecord("bot.x", logging.INFO, __file__, 1, message, arguments, info)


def test_secrets_are_blotted_out_wherever_they_are() -> None:
    blotting = Blotting(secrets=["hunter2-hunter2", ""])
    for message in (
        "token xoxb-1234-abcDEF",
        "app xapp-1-A-2",
        "Authorization: Bearer abc.def",
        "at postgresql://me:pa55word@db/x",
        "secret hunter2-hunter2",
    ):
        line = blotting.format(record("%s", message))
        assert BLOT in line
        for secret in ("1234-abcDEF", "1-A-2", "abc.def", "pa55word", "hunter2"):
            assert secret not in line
    assert "hunter2" not in blotting.format(record("broken", trace=True))


def test_a_record_is_one_line_whatever_somebody_typed() -> None:
    line = Blotting().format(record("typed: %s", "hi\n2026-01-01 ERROR forged\r\nmore", trace=True))
    assert len(line.splitlines()) == 1
    assert "ValueError" in line


def test_json_lines_hold_the_same() -> None:
    line = json.loads(Blotting(as_json=True, secrets=["hunter2-hunter2"]).format(record("hi\nthere", trace=True)))
    assert (line["level"], line["logger"], line["message"]) == ("INFO", "bot.x", "hi\nthere")
    assert "ValueError" in line["traceback"]
    assert "hunter2" not in line["traceback"]
