"""Exactly what an action would send, worked out without sending anything."""

from __future__ import annotations

import json
import uuid
from decimal import Decimal

from bot.connections import mlflow
from bot.connections.connection import Connection
from bot.connections.outcomes import Place, Preview, Unusable
from playbooks.asking import READING, AliasMove, Before, HttpCall
from playbooks.filling import Facts, Filled, fill_expected, fill_path, fill_pointer, fill_request, fill_text
from playbooks.verdicts import find, write


def preview_move(connection: Connection, move: AliasMove, facts: Facts, before: str | None) -> Preview:
    """Pointing an alias at a version. Raises Unusable and Unfilled."""
    model, alias = mlflow.alias_of(connection, move, facts)
    version = fill_text(move.to, facts)
    request = mlflow.moving(model, alias, version)
    if connection.unset is None and "POST" not in connection.methods:
        raise Unusable(
            f"The connection {connection.name} only reads. Do this by hand, "
            f"or have the operator allow POST for it in the connections file."
        )
    made = _preview(connection, request, before)
    return made.model_copy(update={"kind": "mlflow", "model": model, "alias": alias, "wanted": version})


def preview_call(
    connection: Connection, asked: HttpCall, reads: Before | None, facts: Facts, before: str | None
) -> Preview:
    """Any other request. Raises Unusable and Unfilled."""
    about = facts if before is None else {**facts, "before": before}
    request = fill_request(asked, about)
    check_writable(connection, request)
    expected = fill_expected(asked.expect, about)
    if expected.pointer:
        expected = expected.model_copy(update={"pointer": fill_pointer(expected.pointer, about)})
    made = _preview(connection, request, before)
    if reads is None:
        return made.model_copy(update={"expect": expected})
    place = where_to_read(connection, reads, facts)
    return made.model_copy(update={"expect": expected, "reads": place, "wanted": _wanted(request, place)})


def where_to_read(connection: Connection, reads: Before, facts: Facts) -> Place:
    """Where the value that is changed can be read. Raises Unusable and Unfilled."""
    place = Place(path=fill_path(reads.path, facts, reads.query), pointer=fill_pointer(reads.pointer, facts))
    connection.permit("GET", place.path)
    return place


def check_writable(connection: Connection, request: Filled) -> None:
    """Raises Unusable where connections of this kind take no such request, whatever the operator allows."""
    if connection.kind in ("mlflow", "prometheus") and request.method not in READING:
        raise Unusable(
            f"The connection {connection.name} takes no plain requests that write"
            f"{'; move an alias instead' if connection.kind == 'mlflow' else ''}. Do this by hand."
        )
    if len(connection.base_urls) > 1:
        raise Unusable(
            f"The connection {connection.name} leads to several replicas, so nothing is sent. Do it by hand."
        )


def _preview(connection: Connection, request: Filled, before: str | None) -> Preview:
    connection.permit(request.method, request.path)
    return Preview(
        kind="http",
        connection=connection.name,
        target=connection.target,
        key=uuid.uuid4().hex,
        method=request.method,
        path=request.path,
        body=request.body,
        before=before,
    )


def _wanted(request: Filled, place: Place) -> str | None:
    """What the value will be, where it is read from where it is written and is part of what is sent."""
    if request.body is None or request.path != place.path:
        return None
    value = find(json.loads(request.body, parse_float=Decimal), place.pointer)
    return write(value) if value is None or isinstance(value, str | int | Decimal) else None
