"""A bot with a handful of tiny features on the real surfaces: Bolt, the web server or the socket, delivery, SQL."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from bot.account import Account
from bot.app import Dispatch, build_app, dispatcher
from bot.delivery import Delivery
from bot.forms import Forms
from bot.handlers.lent import Lent
from bot.incidents.desk import Answer, Click, Command, Desk, Feature, FieldErrors, Submission
from bot.metrics import Metrics
from bot.readiness import Readiness
from bot.requests import Note, SendUpdate, ShowStep, Tray
from bot.sandbox.client import SandboxSlack
from bot.socket_mode import SocketMode
from bot.web import WebServer, build_web
from playbooks.lifecycle import RuleBroken
from playbooks.load import shipped_library
from playbooks.policy import load_policy
from storage import reminders
from storage.models import Reminder
from storage.transaction import Storage, Transaction

SECRET = "sandbox-signing-secret"


def field_of(block_id: str, element: dict[str, Any]) -> dict[str, Any]:
    """An optional input."""
    label = {"type": "plain_text", "text": block_id}
    shown = {"type": "input", "block_id": block_id, "optional": True, "label": label}
    return {**shown, "element": {"action_id": block_id, **element}}


def option(value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": value.title()}, "value": value}


def button(action_id: str, value: str = "12") -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": action_id,
        "value": value,
        "text": {"type": "plain_text", "text": action_id},
    }


FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "tiny.form",
    "private_metadata": '{"incident":12}',
    "title": {"type": "plain_text", "text": "A form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        field_of("words", {"type": "plain_text_input"}),
        field_of("number", {"type": "number_input", "is_decimal_allowed": False}),
        field_of("level", {"type": "static_select", "options": [option("high"), option("low")]}),
        field_of("model", {"type": "external_select", "min_query_length": 0}),
        field_of("who", {"type": "users_select"}),
        field_of("day", {"type": "datepicker"}),
        field_of("ways", {"type": "checkboxes", "options": [option("one"), option("two")]}),
        field_of("kind", {"type": "radio_buttons", "options": [option("real"), option("drill")]}),
        {"type": "actions", "block_id": "acts", "elements": [button("tiny.more"), button("tiny.other")]},
    ],
}


@dataclass
class Heard:
    """What the features were asked, in order."""

    clicks: list[Click] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    fail: int = 0
    """How many of the next requests fail with a fault of our own."""
    gate: threading.Event | None = None
    """Requests wait for it, in the middle of their work."""

    def stumble(self) -> None:
        if self.gate is not None:
            self.gate.wait(10)
        if self.fail:
            self.fail -= 1
            raise ZeroDivisionError("a fault of our own")

    def note(self, desk: Desk, request: Note, command: Command) -> Answer:
        write(desk.tx, desk.now)
        self.stumble()
        self.by.append(desk.by)
        if request.text == "refuse":
            raise RuleBroken("Write <model> & ask <@U01ANAMOR>, not <!channel>.")
        return Answer(text=f"noted: {request.text}")

    def buttons(self, desk: Desk, request: Tray, command: Command) -> Answer:
        names = ("tiny.count", "tiny.refuse", "tiny.form", "tiny.quiet", "tiny.prefix.7")
        return Answer(text="what now?", blocks=[{"type": "actions", "elements": [button(name) for name in names]}])

    def form(self, desk: Desk, request: SendUpdate, command: Command) -> Answer:
        write(desk.tx, desk.now)
        return Answer(text="", modal=FORM)

    def broken_form(self, desk: Desk, request: ShowStep, command: Command) -> Answer:
        return Answer(text="", modal={**FORM, "blocks": [{"type": "nonsense"}]})

    def count(self, desk: Desk, click: Click) -> Answer:
        self.clicks.append(click)
        write(desk.tx, desk.now)
        self.stumble()
        return Answer(text="counted")

    def refuse(self, desk: Desk, click: Click) -> Answer:
        write(desk.tx, desk.now)
        raise RuleBroken("Not now.")

    def open_form(self, desk: Desk, click: Click) -> Answer:
        return Answer(text="", modal=FORM)

    def quiet(self, desk: Desk, click: Click) -> None:
        self.clicks.append(click)

    def more(self, desk: Desk, click: Click) -> Answer:
        self.clicks.append(click)
        return Answer(text="", modal={**FORM, "callback_id": "tiny.second"})

    def other(self, desk: Desk, click: Click) -> Answer:
        return Answer(text="", modal={**FORM, "callback_id": "tiny.instead"}, replace=True)

    def submit(self, desk: Desk, submission: Submission) -> Answer | FieldErrors | None:
        self.submissions.append(submission)
        write(desk.tx, desk.now)
        self.stumble()
        match submission.values["words"]:
            case "mend":
                return FieldErrors(errors={"words": "Say more."})
            case "refuse":
                raise RuleBroken("Too late.")
            case "tell":
                return Answer(text="It is done.")
        return None

    def take(self, desk: Desk, event: dict[str, Any]) -> None:
        write(desk.tx, desk.now)
        self.stumble()
        self.events.append(event)

    def refuse_event(self, desk: Desk, event: dict[str, Any]) -> None:
        write(desk.tx, desk.now)
        raise RuleBroken("Nobody asked.")

    def suggest(self, desk: Desk, query: str) -> list[dict[str, Any]]:
        self.stumble()
        return [option(query or "any"), *(option(f"{query}-{n}") for n in range(150))]


def tiny_feature(heard: Heard) -> Feature:
    """Answers on every surface. Whatever is done writes one row."""
    return Feature(
        commands={
            Note: heard.note,
            Tray: heard.buttons,
            SendUpdate: heard.form,
            ShowStep: heard.broken_form,
        },
        clicks={
            "tiny.count": heard.count,
            "tiny.refuse": heard.refuse,
            "tiny.form": heard.open_form,
            "tiny.quiet": heard.quiet,
            "tiny.more": heard.more,
            "tiny.other": heard.other,
            "tiny.*": lambda desk, click: None,
            "tiny.prefix.*": heard.quiet,
        },
        submissions={"tiny.form": heard.submit},
        events={
            "reaction_added": [heard.refuse_event, heard.take],
            "message/message_changed": [heard.take],
            "member_joined_channel": [heard.take],
        },
        suggestions={"model": heard.suggest},
    )


def write(tx: Transaction, now: datetime) -> None:
    """A row for each time that something was done."""
    reminders.promise(tx, key=uuid.uuid4().hex, kind="tiny", next_due_at=now.replace(year=now.year + 1))


def written(storage: Storage) -> int:
    """How many times something was done, and committed."""
    with storage.reading() as tx:
        return len(tx.session.scalars(select(Reminder).where(Reminder.kind == "tiny")).all())


@dataclass
class TinyBot:
    """What a test holds of it."""

    heard: Heard
    storage: Storage
    address: str
    dispatch: Dispatch
    account: Account
    metrics: Metrics


@contextmanager
def serve_tiny(slack: SandboxSlack, storage: Storage, *, over: str = "http") -> Iterator[TinyBot]:
    """The bot, reached over signed HTTP or Socket Mode."""
    heard = Heard()
    feature = tiny_feature(heard)
    policy, library = load_policy(), shipped_library()

    def desk_for(tx: Transaction, by: str) -> Desk:
        return Desk(tx=tx, now=datetime.now(UTC), by=by, policy=policy, library=library)

    account = Account(token="xoxb-sandbox", api_url=slack.api_url)
    forms = Forms(api_url=slack.api_url, token="xoxb-sandbox")
    delivery = Delivery(
        storage,
        token="xoxb-sandbox",
        base_url=slack.api_url,
        desk=lambda tx: desk_for(tx, ""),
        feature=feature,
        announce_channel="ml-incidents",
    )
    app = build_app(
        Lent(storage=storage, feature=feature, desk_for=desk_for, forms=forms), account, signing_secret=SECRET
    )
    metrics = Metrics(storage, counts=delivery.counts, slack_up=lambda: account.problem is None)
    dispatch = dispatcher(app, metrics, feature)
    readiness = Readiness(storage, slack=lambda: account.problem)
    served = build_web(dispatch=dispatch if over == "http" else None, readiness=readiness, metrics=metrics)
    web = WebServer(served, host="127.0.0.1", port=0)
    socket = SocketMode(app, dispatch, app_token="xapp-sandbox", api_url=slack.api_url) if over == "socket" else None
    parts = [part for part in (delivery, web, socket) if part is not None]
    for part in parts:
        part.start()
    if socket is None:
        slack.configure(events_url=f"{web.address}/slack/events")
    else:
        slack.wait_for(lambda: socket.connected)
    try:
        yield TinyBot(heard, storage, web.address, dispatch, account, metrics)
    finally:
        for part in reversed(parts):
            part.stop(3)
        forms.close()
