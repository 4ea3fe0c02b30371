"""An incident's channel as these tests see it: what people type, click, send and mark, and what is owed for it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot import grammar
from bot.incidents import capturing, follow_ups, roles, statuses, timeline, updates
from bot.incidents.desk import Answer, Click, Command, Desk, Feature, FieldErrors, Submission
from bot.incidents.reminding import remind_due
from bot.sandbox.blockkit import faults_in_blocks, faults_in_view
from playbooks.card import Fact, ModelCard, to_json
from playbooks.lifecycle import RuleBroken
from playbooks.load import shipped_library
from playbooks.policy import Policy, load_policy
from storage import incidents, participants, people
from storage import timeline as kept_timeline
from storage.models import Effect, Incident, Reminder, TimelineEntry
from storage.transaction import Storage, Transaction

ANA, LEE, KIM, ERIK, MAYA, SAM = ("U01ANAMOR", "U02LEEOKA", "U03KIMTAN", "U15ERIJOH", "U05MAYLIN", "U19SAMDOY")
NAMES = {ANA: "Ana Moreau", LEE: "Lee Okafor", KIM: "Kim Tanaka", ERIK: "Erik Johansson", SAM: "Sam Doyle"}
CHANNEL = "C99INC001"
START = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)  # a Friday
FEATURES: tuple[Feature, ...] = tuple(module.FEATURE for module in (statuses, roles, timeline, updates, follow_ups))
SPOKEN = ("SayInIncident", "SayToStakeholders", "Tell")


class Room:
    """One incident (erik opened it, ana owns the model), with its channel already there."""

    def __init__(self, storage: Storage, *, private: bool = False, kind: str = "real", severity: str = "sev2") -> None:
        self.storage = storage
        self.now = START
        self.policy: Policy = load_policy()
        self._events = 0
        with storage.transaction() as tx:
            for user, name in NAMES.items():
                people.keep_person(tx, user, name=name, time_zone="Europe/Paris", deactivated=user == SAM, now=START)
            card = ModelCard("fraud-scorer", {"owner": Fact("ana@example.com", "models.yaml", START)})
            incident = incidents.declare(
                tx,
                title="scores are all zero",
                model="fraud-scorer",
                model_known=True,
                card=to_json(card),
                failure_mode="unknown",
                severity=severity,
                private=private,
                kind=kind,
                opened_by=ERIK,
                opened_from=None,
                declared_at=START,
            )
            incident.channel_id, incident.channel_name = CHANNEL, "inc-1-fraud-scorer"
            participants.add(
                tx, incident_id=incident.id, why="owner", contact="ana@example.com", user_id=ANA, added_at=START
            )
            self.id = incident.id

    def desk(self, tx: Transaction, by: str) -> Desk:
        return Desk(tx=tx, now=self.now, by=by, policy=self.policy, library=shipped_library())

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    # --- what people do ---

    def type(self, by: str, text: str, *, channel: str = CHANNEL) -> Answer:
        """/ml-incident <text>"""
        request = grammar.read(text)
        answers = next(part.commands[type(request)] for part in FEATURES if type(request) in part.commands)
        with self.storage.transaction() as tx:
            answer = answers(self.desk(tx, by), request, Command(channel=channel, trigger_id="1", text=text))
        return checked(answer)

    def refused(self, by: str, text: str) -> str:
        """The sentence with which a command was refused; nothing was changed."""
        try:
            self.type(by, text)
        except (RuleBroken, grammar.Complaint) as no:
            return str(no)
        raise AssertionError(f"{text!r} was not refused")

    def click(self, by: str, action_id: str, value: str | None = None, *, channel: str = CHANNEL) -> Answer:
        """A button, as the card or a message carries it."""
        answers = next(part.clicks[action_id] for part in FEATURES if action_id in part.clicks)
        click = Click(
            action_id=action_id, value=value or str(self.id), channel=channel, message_ts="1.1", trigger_id="1"
        )
        with self.storage.transaction() as tx:
            answer = answers(self.desk(tx, by), click)
        assert answer is not None
        return checked(answer)

    def send(self, by: str, form: dict[str, Any] | None, **values: Any) -> FieldErrors | None:
        """Send a form that was opened, with these values by the last word of their block ids (- spelled _)."""
        assert form is not None, "no form was opened"
        inputs = {block["block_id"]: block["element"] for block in form["blocks"] if block["type"] == "input"}
        filled: dict[str, Any] = {block: initial(element) for block, element in inputs.items()}
        for word, value in values.items():
            (block,) = [
                one for one in inputs if one.endswith((f".{word.replace('_', '-')}", f":{word.replace('_', '-')}"))
            ]
            filled[block] = value
        sent = Submission(callback_id=form["callback_id"], metadata=json.loads(form["private_metadata"]), values=filled)
        answers = next(part.submissions[sent.callback_id] for part in FEATURES if sent.callback_id in part.submissions)
        with self.storage.transaction() as tx:
            answer = answers(self.desk(tx, by), sent)
        assert answer is None or isinstance(answer, FieldErrors)
        return answer

    def event(self, by: str, **event: Any) -> None:
        kind = event["type"] + (f"/{event['subtype']}" if "subtype" in event else "")
        for take in timeline.FEATURE.events[kind]:
            with self.storage.transaction() as tx:
                take(self.desk(tx, by), {"user": by, **event})

    def react(self, by: str, ts: str, name: str = "pushpin", *, off: bool = False, **more: Any) -> None:
        """Set a reaction or take it back. `channel` and `event_ts` may be given."""
        self._events += 1
        item = {"type": "message", "channel": more.get("channel", CHANNEL), "ts": ts}
        event_ts = more.get("event_ts", f"{self.now.timestamp() + self._events:.6f}")
        self.event(
            by,
            type="reaction_removed" if off else "reaction_added",
            reaction=name,
            item=item,
            item_user=LEE,
            event_ts=event_ts,
        )

    def edit(self, ts: str, text: str, *, before: str = "", edited: str | None = None) -> None:
        self._events += 1
        message = {"type": "message", "user": LEE, "ts": ts, "text": text}
        if edited:
            message["edited"] = {"user": LEE, "ts": edited}  # type: ignore[assignment]
        self.event(
            LEE,
            type="message",
            subtype="message_changed",
            channel=CHANNEL,
            ts=f"{self.now.timestamp() + self._events:.6f}",
            message=message,
            previous_message={"text": before},
        )

    def delete(self, ts: str) -> None:
        self.event(LEE, type="message", subtype="message_deleted", channel=CHANNEL, deleted_ts=ts, ts="9")

    def tick(self) -> int:
        """The clock looks what is due."""
        return remind_due(self.storage, lambda tx: self.desk(tx, ""), now=self.now)

    # --- what the worker does ---

    def read_marked(self, **message: Any) -> int:
        """Read every marked message that is owed; returns how many there were."""
        learnt = {
            "author": LEE,
            "text": "precision fell at 13:40",
            "permalink": "https://larkspur.example/p1",
            **message,
        }
        waiting = [row for row in self.owed("CaptureMessage") if row.state == "owed"]
        for row in waiting:
            with self.storage.transaction() as tx:
                from bot import effects

                effect = effects.read(row.kind, row.payload)
                timeline.FEATURE.learnt[effects.CaptureMessage](self.desk(tx, ""), effect, learnt)
                tx.session.get_one(Effect, row.id).state = "done"
        return len(waiting)

    # --- what there is then ---

    def owed(self, *kinds: str) -> list[Effect]:
        with self.storage.reading() as tx:
            rows = tx.session.scalars(select(Effect).where(Effect.kind.in_(kinds)).order_by(Effect.id))
            found = list(rows)
        for row in found:
            if row.payload.get("blocks"):
                assert faults_in_blocks(row.payload["blocks"]) == [], row.payload
        return found

    def said(self, kind: str = "SayInIncident") -> list[str]:
        return [row.payload["text"] for row in self.owed(kind)]

    def direct(self, user: str) -> list[str]:
        return [row.payload["text"] for row in self.owed("Tell") if row.payload["user"] == user]

    def incident(self) -> Incident:
        with self.storage.reading() as tx:
            return tx.session.get_one(Incident, self.id)

    def timeline(self, *kinds: str) -> list[TimelineEntry]:
        with self.storage.reading() as tx:
            return kept_timeline.of_incident(tx, self.id, kinds=kinds or None)

    def reminder(self, key: str) -> Reminder | None:
        with self.storage.reading() as tx:
            return tx.session.scalar(select(Reminder).where(Reminder.key == key))


def initial(element: dict[str, Any]) -> Any:
    """What a field holds when nobody touches it."""
    chosen = element.get("initial_option")
    return chosen["value"] if chosen else next((element[key] for key in element if key.startswith("initial_")), None)


def checked(answer: Answer) -> Answer:
    """The answer, when Slack would take it."""
    assert answer.text
    if answer.blocks:
        assert faults_in_blocks(answer.blocks) == []
    if answer.modal:
        assert faults_in_view(answer.modal) == []
    return answer


def moment_ts(at: datetime) -> str:
    """A message's ts for a time."""
    return f"{at.timestamp():.6f}"


DELETED = capturing.DELETED
