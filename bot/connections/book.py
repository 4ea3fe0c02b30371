"""The connections of this bot by name: asking for a check, previewing, acting and undoing for an action."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from bot.connections import actions, mlflow, previews, questions, undoing
from bot.connections.calling import Down
from bot.connections.connection import Connection, Kind
from bot.connections.file import ConnectionsBroken, mlflow_alone, read_connections
from bot.connections.outcomes import Acted, Answer, Preview, Reading, Unusable, refused, unclear
from bot.connections.redacting import Redactor
from bot.errors import log_with_reference, nothing_happened
from bot.settings import Settings
from playbooks.asking import BUILT_IN, AliasCheck, AliasMove, HttpCall, PrometheusCheck, ServingCheck
from playbooks.faults import Fault, closest
from playbooks.filling import Unfilled
from playbooks.steps import ActionStep

Question = HttpCall | AliasCheck | ServingCheck | PrometheusCheck
Facts = Mapping[str, str]

log = logging.getLogger(__name__)

_MOST_CALLS: Final = 4
"""The value before, the version, the change itself, the value after."""
_EXPECTED: Final = (Unusable, Unfilled, Down, mlflow.NotThere)


class Connections:
    """Every method may be called from any thread. Those that use the network say so."""

    def __init__(self, connections: Iterable[Connection], secrets: Iterable[str] = ()) -> None:
        self._by_name = {one.name: one for one in connections}
        own = [secret for one in self._by_name.values() for secret in one.secrets]
        self._show = Redactor([*secrets, *own])

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._by_name.values())

    @property
    def names(self) -> frozenset[str]:
        """Those that are set up."""
        return frozenset(self._by_name)

    @property
    def patience_s(self) -> float:
        """How long one of these methods can take at most, in seconds: a lease must be longer."""
        return max((self._longest(one) for one in self), default=0.0)

    def ask(self, question: Question, facts: Facts) -> Answer:
        """Ask (network). Raises nothing."""
        try:
            answer = self._ask(question, facts)
        except _EXPECTED as problem:
            said = self._show(str(problem))
        except Exception:
            said = nothing_happened(log_with_reference(log, f"asking {question.connection}"))
        else:
            return answer
        return Answer(passed=None, got="", said=said, problem=said)

    def preview(self, action: ActionStep | HttpCall | AliasMove, facts: Facts, before: str | None) -> Preview:
        """Exactly what will be sent; no network. From a step it also knows where to read the value. Raises Unusable."""
        asked, reads = (action.call, action.before) if isinstance(action, ActionStep) else (action, None)
        try:
            if isinstance(asked, AliasMove):
                return previews.preview_move(self._find(asked.connection, "mlflow"), asked, facts, before)
            return previews.preview_call(self._find(asked.connection), asked, reads, facts, before)
        except Unfilled as unknown:
            raise Unusable(str(unknown)) from None

    def read_before(self, action: ActionStep, facts: Facts) -> Reading:
        """The value that the action would change (network). Raises nothing."""
        try:
            return Reading(self._read(action, facts))
        except _EXPECTED as problem:
            said = self._show(str(problem))
        except Exception:
            said = nothing_happened(log_with_reference(log, f"reading {action.call.connection}"))
        return Reading(None, problem=said)

    def act(self, preview: Preview, expected_before: str | None) -> Acted:
        """Do what was previewed, if all is as it was (network). A repeat does no harm. Raises nothing."""
        return self._safely(
            lambda: actions.act(
                self._find(preview.connection, preview.kind if preview.kind == "mlflow" else None),
                preview,
                expected_before,
                self._show,
            ),
            f"acting on {preview.connection}",
            expected_before,
        )

    def undo(
        self,
        step: ActionStep,
        facts: Facts,
        before: str | None,
        after: str | None,
        *,
        done: Preview | None = None,
    ) -> Acted:
        """Take it back, unless somebody changed it meanwhile (network). Raises nothing.

        With `done`, the preview that was sent, it is taken back there even if the facts have changed since.
        """
        change = undoing.Change(before, after, done)
        return self._safely(lambda: self._undo(step, facts, change), f"undoing on {step.call.connection}", after)

    def blot(self, text: str) -> str:
        """Text as people may read it: on one line, cut, without secrets."""
        return self._show(text)

    def _ask(self, question: Question, facts: Facts) -> Answer:
        match question:
            case AliasCheck():
                return questions.ask_alias(self._find(question.connection, "mlflow"), question, facts, self._show)
            case ServingCheck():
                return questions.ask_serving(self._find(question.connection, "serving"), question, facts, self._show)
            case PrometheusCheck():
                found = self._find(question.connection, "prometheus")
                return questions.ask_prometheus(found, question, facts, self._show)
            case HttpCall():
                return questions.ask_http(self._find(question.connection), question, facts, self._show)

    def _read(self, action: ActionStep, facts: Facts) -> str | None:
        asked = action.call
        if isinstance(asked, AliasMove):
            connection = self._find(asked.connection, "mlflow")
            connection.permit("GET", mlflow.ALIAS)
            return mlflow.version_behind(connection, *mlflow.alias_of(connection, asked, facts))
        if action.before is None:
            return None
        connection = self._find(asked.connection)
        return actions.read_place(connection, previews.where_to_read(connection, action.before, facts), self._show)[0]

    def _undo(self, step: ActionStep, facts: Facts, change: undoing.Change) -> Acted:
        if isinstance(step.call, AliasMove):
            connection = self._find(step.call.connection, "mlflow")
            return undoing.undo_move(connection, step.call, facts, change, self._show)
        return undoing.undo_call(self._find(step.call.connection), step, facts, change, self._show)

    def _safely(self, do: Callable[[], Acted], what: str, before: str | None) -> Acted:
        try:
            return do()
        except _EXPECTED as problem:
            return refused(before, None, self._show(str(problem)))
        except Exception:
            reference = log_with_reference(log, what)
            return unclear(before, None, f"Something went wrong on the bot's side (reference {reference}).")

    def _find(self, name: str, kind: Kind | None = None) -> Connection:
        found = self._by_name.get(name)
        if found is None:
            meant = None if name in BUILT_IN else closest(name, self._by_name)
            hint = f" Did the playbook mean “{meant}”?" if meant else ""
            raise Unusable(
                f"The connection {name} is not set up.{hint} Do this step by hand, "
                "and have the operator add it to the file that ML_INCIDENT_CONNECTIONS names."
            )
        if kind is not None and found.kind != kind:
            raise Unusable(f"The connection {name} is of kind {found.kind}, not {kind}; mend the playbook.")
        return found

    @staticmethod
    def _longest(connection: Connection) -> float:
        rounds = -(-len(connection.base_urls) // questions.AT_ONCE)
        return connection.timeout_s * max(_MOST_CALLS, rounds)


def load(path: Path | None, settings: Settings) -> Connections:
    """The connections of the file; mlflow is there by itself, to be read, where MLFLOW_TRACKING_URI is set.

    Raises ConnectionsBroken, a FileBroken, with every fault of the file.
    """
    made: list[Connection] = []
    if path is not None:
        try:
            content = path.read_bytes()
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise ConnectionsBroken([Fault(path.name, 1, 1, "", f"cannot be read ({reason}).")]) from None
        made = read_connections(content, path.name, settings)
    if "mlflow" not in {one.name for one in made} and (alone := mlflow_alone(settings)) is not None:
        made.append(alone)
    return Connections(made, settings.secrets())
