"""What comes of asking and acting, as plain data: nothing here is thrown but Unusable, before anything was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from playbooks.asking import HttpExpected, Method
from playbooks.checking import Strict
from playbooks.verdicts import brief

_LOOK: Final = "Whether it was done is not known: look there before you try again."


class Unusable(Exception):
    """This cannot be asked or sent, and nothing was; the text is one sentence that says what to do."""


@dataclass(frozen=True)
class Answer:
    """What came of a check. Where `passed` is None nobody can tell; `problem` says why, and people walk the manual."""

    passed: bool | None
    got: str
    said: str
    problem: str | None = None


@dataclass(frozen=True)
class Reading:
    """The value that an action is about to change. None without a `problem`: there is none yet, or nothing to read."""

    value: str | None
    problem: str | None = None


@dataclass(frozen=True)
class Acted:
    """What came of an action. `done` None: it was sent, and nobody knows whether it took effect; look before repeating.

    `sent` False: nothing was changed by this call, because it was refused or because it was so already (`done` True).
    """

    done: bool | None
    sent: bool
    before: str | None
    after: str | None
    said: str
    problem: str | None = None


class Place(Strict):
    """Where the value that an action changes is read: a path with its query, and a JSON Pointer."""

    path: str
    pointer: str


class Preview(Strict):
    """Exactly what will be sent, credentials apart. `data()` goes into the database, and `read()` takes it out again.

    `target` tells whether the connection still leads to the same place when it is sent; `key` marks a repeat as one.
    """

    kind: Literal["mlflow", "http"]
    connection: str
    target: str
    key: str
    method: Method
    path: str
    body: str | None = None
    before: str | None = None
    wanted: str | None = None
    model: str | None = None
    alias: str | None = None
    expect: HttpExpected | None = None
    reads: Place | None = None

    def data(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return self.model_dump(mode="json", exclude_none=True)

    @classmethod
    def read(cls, data: Any) -> Self:
        """The same again."""
        return cls.model_validate(data)

    @property
    def text(self) -> str:
        """For people: the request as it will be sent."""
        line = f"{self.method} {self.connection}: {self.path}"
        return f"{line}\n{self.body}" if self.body is not None else line

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice is the same as once. Where it is not, nobody should repeat it without looking."""
        return self.wanted is not None or self.method in {"GET", "HEAD", "PUT", "DELETE"}


def already(before: str | None, wanted: str) -> Acted:
    """It is so, and nothing was sent."""
    return Acted(
        done=True, sent=False, before=before, after=wanted, said=f"It is {said(wanted)} already; nothing was sent."
    )


def refused(before: str | None, present: str | None, why: str) -> Acted:
    """Nothing was changed."""
    return Acted(done=False, sent=False, before=before, after=present, said=why, problem=why)


def unclear(before: str | None, after: str | None, why: str) -> Acted:
    """It was sent, and what came of it is not what was wanted, or not known."""
    problem = f"{why} {_LOOK}"
    return Acted(done=None, sent=True, before=before, after=after, said=problem, problem=problem)


def did(before: str | None, after: str | None) -> Acted:
    """It was sent, and is so now."""
    return Acted(
        done=True, sent=True, before=before, after=after, said=f"It was {said(before)}, and is {said(after)} now."
    )


def changed(present: str | None, expected: str | None) -> str:
    """Why nothing is done on top of what somebody else did."""
    return (
        f"It is {said(present)} now, not {said(expected)}: somebody changed it meanwhile. Look at it, then ask again."
    )


def said(value: str | None) -> str:
    """A value in a sentence."""
    return "not there" if value is None else brief(value) or "empty"
