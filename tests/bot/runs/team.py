"""A team in one incident: what they type, press and send, what the clock does, and what is owed and shown for it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

from sqlalchemy import select, update

from bot import grammar
from bot.connections import Connections
from bot.delivery import calling
from bot.effects import CallConnection, DrawCard, DrawReview, DrawStep
from bot.effects import read as read_effect
from bot.handlers.actions import heard_by
from bot.incidents.declaring import Declaration, declare
from bot.incidents.desk import Answer, Click, Command, Desk, Drawing, FieldErrors, Submission
from bot.incidents.features import feature
from bot.incidents.reminding import remind_due
from bot.sandbox.blockkit import faults_in_blocks, faults_in_view
from playbooks.adding import Source
from playbooks.card import Fact, FactValue, ModelCard
from playbooks.lifecycle import RuleBroken, Severity
from playbooks.load import Library, load_library, shipped_library
from playbooks.policy import Policy, load_policy, parse_policy
from storage import catalogue, incidents, people, reviews, runs, timeline
from storage.models import Effect, Incident, Review, Run, TimelineEntry
from storage.transaction import Storage, Transaction

ANA, LEE, KIM, ERIK, PAT, SAM = "U01ANAMOR", "U02LEEOKA", "U03KIMTAN", "U15ERIJOH", "U04PATRIV", "U19SAMDOY"
NAMES = {ANA: "Ana Moreau", LEE: "Lee Okafor", KIM: "Kim Tanaka", ERIK: "Erik Johansson", PAT: "Pat Rivera"}
START = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)  # a Friday
FACTS: dict[str, FactValue] = {
    "plain_name": "Fraud scoring",
    "purpose": "Scores every card payment, so that risky ones are stopped",
    "tier": "1",
    "mode": "online",
    "owner": "Ana Moreau <ana@example.com>",
    "team.lead": "kim@example.com",
    "poc.product": "pat@example.com",
    "serving": "42",
    "rollback": "41",
    "consumers": ["checkout", "order_review"],
    "deployed_at": "2026-11-19T09:30:00Z",
    "docs": "https://docs.example.com/fraud",
    "reviewed_at": "2026-10-20",
    "experiments": [
        {
            "name": "exp-388",
            "arm": "threshold 0.7 in Italy",
            "cleanup_by": "2026-08-31",
            "link": "https://experiments.example.com/exp-388",
            "what": "Take the second threshold out.",
        }
    ],
}
Did = Answer | FieldErrors | None


def library_of(folder: Path, **playbooks: str) -> Library:
    """The shipped playbooks and these: id → the lines below the header."""
    folder.mkdir(exist_ok=True)
    for name, body in playbooks.items():
        ident = name.replace("_", "-")
        head = f'schema: ml-incident.playbook/v1\nid: {ident}\ntitle: The {ident} playbook\nversion: "1"\n'
        (folder / f"{ident}.yaml").write_text(f'{head}owner: "@me"\nreview_by: 2027-05-01\n{body}', "utf-8")
    library = load_library(folder)
    assert library.faults == [] or not library.faults, library.faults
    return library


class Team:
    """Erik opened an incident of a model that Ana owns; its channel is there."""

    def __init__(
        self,
        storage: Storage,
        *,
        library: Library | None = None,
        policy: str = "",
        playbook: str | None = None,
        review_template: str | None = None,
        facts: dict[str, FactValue] | None = None,
        connections: Connections | None = None,
        **said: Any,
    ) -> None:
        self.storage = storage
        self.now = START
        self.policy: Policy = parse_policy(policy, "policy.yaml") if policy else load_policy()
        self.library = library or shipped_library()
        self.review_template = review_template
        self.sources: tuple[Source, ...] = (Source(),)
        self.feature = feature()
        self.connections = connections or Connections([])
        with storage.transaction() as tx:
            for user, name in NAMES.items():
                local = f"{name.split()[0].lower()}@example.com"
                people.keep_person(tx, user, name=name, email=local, time_zone="Europe/Paris", now=START)
                people.keep_contact(tx, local, user_id=user, problem=None, now=START)
            known = {
                key: Fact(value, "models.yaml", START) for key, value in (FACTS if facts is None else facts).items()
            }
            catalogue.keep(tx, ModelCard("fraud-scorer", known), now=START)
        self.id = self.declare(**said)
        if playbook:
            self.type(ERIK, f"playbook {playbook}")

    def declare(self, by: str = ERIK, **said: Any) -> int:
        """Another incident, with its channel."""
        given = {"model": "fraud-scorer", "what": "scores are all zero", "severity": Severity.SEV2, **said}
        with self.storage.transaction() as tx:
            incident = declare(self.desk(tx, by), Declaration(**given))
            incident.channel_id, incident.channel_name = f"C99INC00{incident.id}", f"inc-{incident.id}-fraud-scorer"
            return incident.id

    def desk(self, tx: Transaction, by: str) -> Desk:
        return Desk(
            tx=tx,
            now=self.now,
            by=by,
            policy=self.policy,
            library=self.library,
            review_template=self.review_template,
            sources=self.sources,
        )

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    # --- what people do ---

    def type(self, by: str, text: str, *, channel: str | None = None) -> Answer:
        request = grammar.read(text)
        command = Command(channel=channel or f"C99INC00{self.id}", trigger_id="1", text=text)
        with self.storage.transaction() as tx:
            return _checked(self.feature.commands[type(request)](self.desk(tx, by), request, command))

    def click(
        self, by: str, action_id: str, value: str | None = None, *, message_ts: str | None = None
    ) -> Answer | None:
        answers = heard_by(self.feature, action_id)
        assert answers is not None, f"nobody hears {action_id}"
        click = Click(
            action_id=action_id,
            value=str(self.id) if value is None else value,
            channel=f"C99INC00{self.id}",
            message_ts=message_ts,
            trigger_id="1",
        )
        with self.storage.transaction() as tx:
            answer = answers(self.desk(tx, by), click)
        return None if answer is None else _checked(answer)

    def press(self, by: str, label: str, shown: Drawing | Answer | None = None, **more: str) -> Answer | None:
        """The button with these words, of the step's message as it stands or as it was `shown`."""
        button = button_of((shown or self.step()).blocks or [], label)
        return self.click(by, button["action_id"], button["value"], **more)

    def send(self, by: str, form: dict[str, Any] | None, **values: Any) -> Did:
        """Send a form; fields by the last word of their block ids, - spelled _."""
        assert form is not None, "no form was opened"
        inputs = {block["block_id"]: block["element"] for block in form["blocks"] if block["type"] == "input"}
        filled: dict[str, Any] = {name: _initial(element) for name, element in inputs.items()}
        for word, value in values.items():
            ends = (f".{word.replace('_', '-')}", f":{word.replace('_', '-')}")
            [block] = [one for one in inputs if one.endswith(ends)]
            filled[block] = value
        sent = Submission(callback_id=form["callback_id"], metadata=json.loads(form["private_metadata"]), values=filled)
        with self.storage.transaction() as tx:
            return self.feature.submissions[sent.callback_id](self.desk(tx, by), sent)

    def write_down(self, by: str, label: str, **values: Any) -> Did:
        """Press a button that opens a form, and send the form."""
        answer = self.press(by, label)
        assert answer is not None
        return self.send(by, answer.modal, **values)

    def at_once(self, *deeds: Callable[[], Any]) -> tuple[list[Any], list[str]]:
        """All at the same moment: (what those that worked gave, the sentences of those that were refused)."""
        barrier = Barrier(len(deeds))

        def do(deed: Callable[[], Any]) -> Any:
            barrier.wait(10)
            try:
                return deed()
            except RuleBroken as no:
                return no

        with ThreadPoolExecutor(len(deeds)) as pool:
            came = list(pool.map(do, deeds))
        refused = [one for one in came if isinstance(one, RuleBroken)]
        return [one for one in came if not isinstance(one, RuleBroken)], [str(no) for no in refused]

    def call_connections(self) -> list[str]:
        """Whatever is owed to named connections is asked, sent or undone, as the worker would. Returns what it was."""
        done: list[str] = []
        for row in self.owed("CallConnection"):
            if row.state == "done":
                continue
            effect = read_effect(row.kind, row.payload)
            assert isinstance(effect, CallConnection)
            with self.storage.reading() as tx:
                task = calling.task_of(self.desk(tx, ""), effect)
            with self.storage.transaction() as tx:
                if task is not None:
                    self.feature.learnt[CallConnection](self.desk(tx, ""), effect, calling.do(self.connections, task))
                tx.session.execute(update(Effect).where(Effect.id == row.id).values(state="done"))
            done.append(effect.what)
        return done

    def tick(self) -> int:
        """The clock looks what is due."""
        return remind_due(self.storage, lambda tx: self.desk(tx, ""), now=self.now)

    def tick_twice(self) -> None:
        """Two replicas look at the same moment, and each once more."""
        self.at_once(self.tick, self.tick)
        self.at_once(self.tick, self.tick)

    # --- what there is then ---

    def step(self, run_id: int | None = None) -> Drawing:
        """The newest run's message as it would be drawn now."""
        run = run_id or self.runs()[-1].id
        return self._drawn(DrawStep(incident_id=self.id, run_id=run))

    def card(self) -> str:
        return str(self._drawn(DrawCard(incident_id=self.id)).blocks)

    def review_message(self) -> Drawing:
        return self._drawn(DrawReview(incident_id=self.id))

    def _drawn(self, effect: Any) -> Drawing:
        with self.storage.reading() as tx:
            drawing = self.feature.drawings[type(effect)](self.desk(tx, ""), effect)
        assert drawing is not None
        assert faults_in_blocks(drawing.blocks) == []
        assert_no_raw(drawing.text)
        assert_no_raw(*(_texts(drawing.blocks)))
        return drawing

    def owed(self, *kinds: str) -> list[Effect]:
        with self.storage.reading() as tx:
            found = list(tx.session.scalars(select(Effect).where(Effect.kind.in_(kinds)).order_by(Effect.id)))
        for row in found:
            assert faults_in_blocks(row.payload.get("blocks") or []) == []
            if "text" in row.payload:
                assert_no_raw(row.payload["text"])
        return found

    def told(self, user: str, words: str = "") -> list[str]:
        """The direct messages that one person is owed, or those with these words in them."""
        texts = [row.payload["text"] for row in self.owed("Tell") if row.payload["user"] == user]
        return [text for text in texts if words in text]

    def settle(self) -> None:
        """Everything owed is done, as the worker would."""
        with self.storage.transaction() as tx:
            tx.session.execute(update(Effect).values(state="done"))

    def runs(self) -> list[Run]:
        with self.storage.reading() as tx:
            return runs.of_incident(tx, self.id)

    def records(self) -> list[tuple[str, str, str]]:
        """(step, outcome, by) of the newest run."""
        with self.storage.reading() as tx:
            walk = runs.walk(tx, runs.of_incident(tx, self.id)[-1])
        return [(record.path, record.outcome, record.by) for record in walk.records]

    def incident(self) -> Incident:
        with self.storage.reading() as tx:
            found = incidents.by_id(tx, self.id)
        assert found is not None
        return found

    def review(self) -> Review:
        with self.storage.reading() as tx:
            found = reviews.by_incident(tx, self.id)
        assert found is not None
        return found

    def timeline(self, *kinds: str) -> list[TimelineEntry]:
        with self.storage.reading() as tx:
            return timeline.of_incident(tx, self.id, kinds=kinds or None)


def button_of(blocks: Sequence[dict[str, Any]], label: str) -> dict[str, Any]:
    """The button with these words."""
    parts = [part for block in blocks for part in [*block.get("elements", []), block.get("accessory") or {}]]
    return next(part for part in parts if part.get("type") == "button" and part["text"]["text"] == label)


def labels(shown: Drawing | Answer) -> list[str]:
    """What the buttons say."""
    parts = [part for block in shown.blocks or [] for part in block.get("elements", [])]
    return [part["text"]["text"] for part in parts if part.get("type") == "button"]


def _texts(blocks: Sequence[dict[str, Any]]) -> list[str]:
    found = []
    for block in blocks:
        parts = [block.get("text"), *block.get("elements", []), *block.get("fields", [])]
        found += [part["text"] for part in parts if part and isinstance(part.get("text"), str)]
    return found


def assert_no_raw(*texts: str) -> None:
    """No ids, None or JSON where a person reads."""
    for text in texts:
        bare = re.sub("`[^`]*`", "", text)  # a request is shown as it will be sent
        for user in (ANA, LEE, KIM, ERIK, PAT, SAM):
            bare = bare.replace(f"<@{user}>", "")
            assert user not in bare, text
        for word in ("None", "{'", '{"', "[]", "Traceback", "undefined"):
            assert word not in bare, text


def _initial(element: dict[str, Any]) -> Any:
    chosen = element.get("initial_option")
    return chosen["value"] if chosen else next((element[key] for key in element if key.startswith("initial_")), None)


def _checked(answer: Answer) -> Answer:
    assert answer.text
    assert_no_raw(answer.text)
    assert faults_in_blocks(answer.blocks or []) == []
    if answer.modal:
        assert faults_in_view(answer.modal) == []
    return answer
