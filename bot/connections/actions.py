"""Doing what was approved, once, and only while everything is as it was when it was approved."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bot.connections import mlflow
from bot.connections.calling import Down, Reply, call
from bot.connections.connection import Connection
from bot.connections.outcomes import (
    Acted,
    Place,
    Preview,
    Unusable,
    already,
    changed,
    did,
    refused,
    said,
    unclear,
)
from bot.connections.questions import refuse_to_judge
from bot.connections.redacting import Redactor
from playbooks.asking import READING, HttpExpected
from playbooks.verdicts import MISSING, find, judge, write

_ANY_SUCCESS: Final = range(200, 300)


def read_place(connection: Connection, where: Place, show: Redactor) -> tuple[str | None, object]:
    """The value there as text, and as it is; None and MISSING where there is none. Raises Down and Unusable."""
    connection.permit("GET", where.path)
    reply = call(connection, "GET", where.path)
    refuse_to_judge(connection, reply, 200)
    if reply.status != 200:
        said = f"{connection.name} answered {reply.status} when it was asked what it is now. Look there by hand."
        raise Down(said, sent=False)
    value = find(reply.body, where.pointer)
    if value is MISSING:
        return None, value
    text = write(value)
    if not (value is None or isinstance(value, str | int | Decimal)) or show.would_change(text):
        raise Unusable(
            f"What stands at {where.pointer or 'its address'} in {connection.name} is secret, or no single short "
            "value, so it cannot be kept for the way back. Do this step by hand."
        )
    return text, value


def act(connection: Connection, preview: Preview, expected: str | None, show: Redactor) -> Acted:
    """Do it. Raises Unusable, and Down where nothing was sent yet."""
    if connection.target != preview.target:
        raise Unusable(
            f"The connection {connection.name} leads to another place than when this was approved. Ask for it again."
        )
    connection.permit(preview.method, preview.path)
    if preview.kind == "mlflow":
        return _Move(connection, preview, show).act(expected)
    return _Request(connection, preview, show).act(expected)


@dataclass(frozen=True)
class _Move:
    """An alias of MLflow's registry, pointed at another version."""

    connection: Connection
    preview: Preview
    show: Redactor

    def act(self, expected: str | None) -> Acted:
        wanted = self.preview.wanted or ""
        present = self._present()
        if present == wanted:
            return already(expected, wanted)
        why = changed(present, expected)
        if present == expected:
            why = mlflow.objection(self.connection, self.preview.model or "", wanted) or ""
        if why:
            return refused(expected, present, self.show(why))
        problem = None
        try:
            mlflow.send_move(self.connection, self.preview.path, self.preview.body or "")
        except (Down, mlflow.NotThere) as failed:
            problem = self.show(str(failed))
            if isinstance(failed, mlflow.NotThere) or not failed.sent:
                return refused(expected, present, problem)
        return self._after(expected, wanted, problem)

    def _present(self) -> str | None:
        return mlflow.version_behind(self.connection, self.preview.model or "", self.preview.alias or "")

    def _after(self, before: str | None, wanted: str, problem: str | None) -> Acted:
        try:
            after = self._present()
        except (Down, mlflow.NotThere) as down:
            return unclear(before, None, problem or f"It was sent, and then could not be read: {self.show(str(down))}")
        if after == wanted:
            return did(before, after)
        return unclear(before, after, problem or f"It was sent and accepted, and it is {said(after)} all the same.")


@dataclass(frozen=True)
class _Sent:
    """Whether the answer was as expected; None where it says nothing of what was done, as a failure or no answer."""

    passed: bool | None
    words: str


@dataclass(frozen=True)
class _Request:
    """Any other request, with the value that it changes where the playbook says where that stands."""

    connection: Connection
    preview: Preview
    show: Redactor

    def act(self, expected: str | None) -> Acted:
        reads, wanted = self.preview.reads, self.preview.wanted
        if reads is not None:
            present, _ = read_place(self.connection, reads, self.show)
            if wanted is not None and present == wanted:
                return already(expected, wanted)
            if present != expected:
                hint = "" if wanted is not None else " Or it was done before: look there."
                return refused(expected, present, changed(present, expected) + hint)
        try:
            sent = self._send()
        except Down as down:
            if not down.sent:
                return refused(expected, expected if reads else None, self.show(str(down)))
            sent = _Sent(None, self.show(str(down)))
        return self._unread(sent) if reads is None else self._after(reads, expected, sent)

    def _send(self) -> _Sent:
        preview = self.preview
        key = {} if preview.method in READING else {"Idempotency-Key": preview.key}
        reply = call(self.connection, preview.method, preview.path, preview.body, headers=key)
        if preview.expect is None:
            passed, words = reply.status in _ANY_SUCCESS, f"The answer was {reply.status}."
        else:
            refuse_what_was_refused(self.connection, reply, preview.expect)
            verdict = judge(preview.expect, reply.body, status=reply.status, show=self.show)
            passed, words = verdict.passed, verdict.said
        is_refusal = 400 <= reply.status < 500
        return _Sent(passed if passed or is_refusal else None, words)

    def _unread(self, sent: _Sent) -> Acted:
        if sent.passed:
            return Acted(done=True, sent=True, before=None, after=None, said=sent.words)
        if sent.passed is None:
            return unclear(None, None, f"It was sent. {sent.words}")
        return Acted(done=False, sent=True, before=None, after=None, said=sent.words, problem=sent.words)

    def _after(self, reads: Place, before: str | None, sent: _Sent) -> Acted:
        wanted = self.preview.wanted
        try:
            after, _ = read_place(self.connection, reads, self.show)
        except (Down, Unusable) as down:
            return unclear(before, None, f"It was sent. {sent.words} Then it could not be read: {self.show(str(down))}")
        if after == wanted if wanted is not None else sent.passed:
            return did(before, after)
        if sent.passed is False and after == before:
            return Acted(done=False, sent=True, before=before, after=after, said=sent.words, problem=sent.words)
        return unclear(before, after, f"It was sent. {sent.words} It is {said(after)} now.")


def refuse_what_was_refused(connection: Connection, reply: Reply, expected: HttpExpected) -> None:
    """Answers with which a service keeps the bot out: nothing was done. Raises Down."""
    try:
        refuse_to_judge(connection, reply, expected.status)
    except Down as down:
        raise Down(str(down), sent=300 <= reply.status < 400) from None
