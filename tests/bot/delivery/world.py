"""A worker on a real database and a sandbox Slack, with small features of its own, and what tests ask of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot import effects
from bot.delivery import Delivery
from bot.effects import Effect, owe
from bot.effects.reaching import BringInGroup
from bot.incidents.desk import Desk, Drawing, Feature
from bot.sandbox.client import SandboxSlack
from playbooks.load import Library
from playbooks.policy import load_policy
from storage import deliveries, outbox
from storage.models import Effect as Row
from storage.models import Incident, Participant, PlaybookText, Run
from storage.transaction import Storage, Transaction

Json = dict[str, Any]
ANA, LEE, KIM, SAM = "U01ANAMOR", "U02LEEOKA", "U03KIMTAN", "U19SAMDOY"


def desk(tx: Transaction) -> Desk:
    return Desk(tx=tx, now=datetime.now(UTC), by="", policy=load_policy(), library=Library(sources={}))


def section(text: str) -> list[Json]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]


def drawn(what: str) -> Callable[[Desk, Any], Drawing | None]:
    """A drawing that shows which state it was drawn from."""

    def draw(at: Desk, effect: Any) -> Drawing | None:
        incident = deliveries.incident(at.tx, effect.incident_id)
        if incident is None:
            return None
        text = f"{what} of {incident.title}: {incident.severity}, {incident.status}"
        return Drawing(text=text, blocks=section(text))

    return draw


@dataclass
class World:
    """One storage, one sandbox; workers are started by the test."""

    storage: Storage
    slack: SandboxSlack
    learnt: list[Json] = field(default_factory=list)
    """What features were told, by kind."""
    since: int = 0
    broken_for: str = ""
    """What is learnt of this cannot be written down."""

    def feature(self) -> Feature:
        kinds: list[type[Effect]] = [
            effects.CaptureMessage,
            effects.LookUpPerson,
            effects.ResolveContact,
            BringInGroup,
        ]
        drawings = {
            effects.DrawCard: drawn("card"),
            effects.DrawAnnouncement: drawn("announcement"),
            effects.DrawStep: drawn("step"),
        }
        return Feature(drawings=drawings, learnt=dict.fromkeys(kinds, self._note))

    def _note(self, at: Desk, effect: Any, learnt: Json) -> None:
        if self.broken_for and self.broken_for in str(effect):
            raise ValueError("a fault of ours")
        self.learnt.append({"kind": type(effect).__name__, **learnt})

    def worker(self, **options: Any) -> Delivery:
        settings: Json = {"announce_channel": "ml-incidents", "digest_channel": "ml-ownership", "token": "xoxb-sandbox"}
        return Delivery(
            self.storage,
            base_url=f"{self.slack.base_url}/api/",
            desk=desk,
            feature=self.feature(),
            **{**settings, "limited": False, **options},
        )

    @contextmanager
    def working(self, **options: Any) -> Iterator[Delivery]:
        worker = self.worker(**options)
        worker.start()
        try:
            yield worker
        finally:
            worker.stop(5)

    def declare(self, title: str = "", *, ago: float = 0.0, **values: Any) -> int:
        """An incident without anything owed; titles differ, so that tests can share a workspace."""
        title = f"{title or 'wrong'} {uuid.uuid4().hex[:8]}"
        with self.storage.transaction() as tx:
            incident = Incident(
                title=title,
                **{
                    "model": "fraud-scorer",
                    "severity": "sev2",
                    "peak_severity": "sev2",
                    "status": "investigating",
                    "opened_by": ANA,
                    "declared_at": datetime.now(UTC) - timedelta(seconds=ago),
                    **values,
                },
            )
            tx.session.add(incident)
            tx.session.flush()
            return incident.id

    def participant(self, incident: int, *users: str) -> None:
        with self.storage.transaction() as tx:
            for user in users:
                tx.session.add(
                    Participant(
                        incident_id=incident, why="owner", contact=user, user_id=user, added_at=datetime.now(UTC)
                    )
                )

    def run(self, incident: int) -> int:
        with self.storage.transaction() as tx:
            if tx.session.get(PlaybookText, "0" * 64) is None:
                tx.session.add(PlaybookText(content_hash="0" * 64, playbook_id="p", version="1", title="P", body="{}"))
                tx.session.flush()
            run = Run(
                incident_id=incident,
                content_hash="0" * 64,
                chosen_because="",
                started_by=ANA,
                started_at=datetime.now(UTC),
            )
            tx.session.add(run)
            tx.session.flush()
            return run.id

    def owe(self, effect: Effect, **options: Any) -> int:
        with self.storage.transaction() as tx:
            return owe(tx, effect, **options)

    def open(self, title: str = "", users: tuple[str, ...] = (ANA, LEE), **values: Any) -> int:
        """An incident with all that opening owes."""
        incident = self.declare(title, **values)
        self.participant(incident, *users)
        run = self.run(incident)
        with self.storage.transaction() as tx:
            channel = owe(tx, effects.CreateChannel(incident_id=incident))
            card = owe(tx, effects.DrawCard(incident_id=incident), needs=channel)
            owe(tx, effects.Invite(incident_id=incident, users=users), needs=channel)
            owe(tx, effects.DrawAnnouncement(incident_id=incident), needs=channel)
            owe(tx, effects.DrawStep(incident_id=incident, run_id=run), needs=channel)
            owe(tx, effects.SetTopic(incident_id=incident), needs=channel)
            owe(tx, effects.PinCard(incident_id=incident), needs=card)
        return incident

    def change(self, incident: int, **values: Any) -> None:
        with self.storage.transaction() as tx:
            row = tx.session.get_one(Incident, incident)
            for name, value in values.items():
                setattr(row, name, value)

    def incident(self, number: int) -> Incident:
        with self.storage.reading() as tx:
            return tx.session.get_one(Incident, number)

    def effects(self, kind: str = "") -> list[Row]:
        with self.storage.reading() as tx:
            rows = tx.session.query(Row).order_by(Row.id).all()
        return [row for row in rows if not kind or row.kind == kind]

    def states(self, kind: str = "") -> list[str]:
        return [row.state for row in self.effects(kind)]

    def channel(self, incident: int) -> str:
        return self.incident(incident).channel_id or ""

    def said(self, channel: str, *, thread_ts: str | None = None) -> list[Json]:
        """What the bot itself said there, oldest first."""
        everything = self.slack.messages(channel, thread_ts=thread_ts)
        return [one for one in everything if one.get("bot_id") and not one.get("subtype")]

    def texts(self, channel: str) -> list[str]:
        return [one["text"] for one in self.said(channel)]

    def announcements(self, incident: int) -> list[Json]:
        title = self.incident(incident).title
        return [one for one in self.said("ml-incidents") if title in one["text"]]

    def calls(self, method: str) -> list[Json]:
        """Calls of this method since the test began."""
        return [call for call in self.slack.calls(self.since) if call["method"] == method]

    def settled(self, timeout: float = 10.0) -> None:
        """Wait until nothing is owed or being done."""

        def is_settled() -> bool:
            with self.storage.reading() as tx:
                depth = outbox.depth(tx)
            return depth["owed"] + depth["doing"] == 0

        try:
            self.slack.wait_for(is_settled, timeout)
        except TimeoutError:
            rows = [(row.kind, row.state, row.attempts, row.error) for row in self.effects() if row.state != "done"]
            raise AssertionError(f"not settled: {rows}") from None


def abandon(world: World, *, lease_s: float) -> None:
    """Claim everything as a worker would, and die."""
    with world.storage.transaction() as tx:
        outbox.claim(tx, now=datetime.now(UTC), lease=timedelta(seconds=lease_s), limit=50)
