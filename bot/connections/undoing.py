"""Taking an action back, unless somebody has changed the value since."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

from bot.connections.actions import act, read_place
from bot.connections.connection import Connection
from bot.connections.outcomes import Acted, Preview, Unusable, refused
from bot.connections.previews import preview_move, where_to_read
from bot.connections.redacting import Redactor
from playbooks.asking import AliasMove, Undo
from playbooks.filling import Facts, fill_request
from playbooks.steps import ActionStep
from playbooks.verdicts import number


@dataclass(frozen=True)
class Change:
    """What an action changed, from what to what; with the preview that was sent, where that is known."""

    before: str | None
    after: str | None
    done: Preview | None = None

    def check(self, connection: Connection) -> None:
        """Raises Unusable where the connection has come to lead to another place."""
        if self.done is not None and self.done.target != connection.target:
            raise Unusable(f"The connection {connection.name} leads to another place by now. Take it back by hand.")


def undo_move(connection: Connection, move: AliasMove, facts: Facts, change: Change, show: Redactor) -> Acted:
    """Point the alias back. Raises Down, Unusable and Unfilled."""
    change.check(connection)
    before, after = change.before, change.after
    if before is None:
        return refused(after, after, "The alias was not there before; delete it in MLflow by hand.")
    if change.done is not None:
        move = move.model_copy(update={"model": change.done.model, "alias": change.done.alias})
    back = preview_move(connection, move.model_copy(update={"to": before}), facts, after)
    return act(connection, back, after, show)


def undo_call(connection: Connection, step: ActionStep, facts: Facts, change: Change, show: Redactor) -> Acted:
    """Send the request that the playbook gives for it, with the value from before. Raises Down, Unusable, Unfilled."""
    change.check(connection)
    before, after = change.before, change.after
    if not isinstance(step.undo, Undo) or step.undo.request is None or step.before is None:
        raise Unusable("The bot cannot take this back; do it by hand.")
    if before is None:
        return refused(after, after, "It was not there before, so there is no value to put back. Do it by hand.")
    where = where_to_read(connection, step.before, facts)
    if change.done is not None and change.done.reads is not None and change.done.reads != where:
        raise Unusable("What this playbook means has changed since, so it is taken back by hand.")
    _, value = read_place(connection, where, show)
    request = fill_request(step.undo.request, {**facts, "before": before}, typed={"before": _like(value, before)})
    back = Preview(
        kind="http",
        connection=connection.name,
        target=connection.target,
        key=uuid.uuid4().hex,
        method=step.undo.request.method,
        path=request.path,
        body=request.body,
        reads=where,
        wanted=before,
    )
    return act(connection, back, after, show)


def _like(value: object, text: str) -> object:
    """The text as the same kind of JSON that stands there now: a flag that is true goes back to false, not "false"."""
    if isinstance(value, bool) and text in ("true", "false"):
        return text == "true"
    found = number(text)
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and found is not None and found.is_finite():
        return int(found) if found == found.to_integral_value() and "." not in text else float(found)
    return text
