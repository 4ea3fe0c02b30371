"""MLflow's registry over its REST API 2.0: where an alias points, what may be said of a version, moving the alias."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from bot.connections.calling import Down, Reply, call
from bot.connections.connection import Connection
from playbooks.asking import AliasCheck, AliasMove
from playbooks.filling import Facts, Filled, fill_path, fill_text

_API: Final = "/api/2.0/mlflow"
ALIAS: Final = f"{_API}/registered-models/alias"


class NotThere(Exception):
    """MLflow is well, and knows no such model or version."""


def alias_of(connection: Connection, asked: AliasCheck | AliasMove, facts: Facts) -> tuple[str, str]:
    """The registered model and the alias that are meant. Raises Unfilled."""
    alias = connection.serving_alias if asked.alias is None else fill_text(asked.alias, facts)
    return fill_text(asked.model, facts), alias


def moving(model: str, alias: str, version: str) -> Filled:
    """The request that points an alias at a version."""
    return Filled("POST", ALIAS, json.dumps({"name": model, "alias": alias, "version": version}, ensure_ascii=False))


def version_behind(connection: Connection, model: str, alias: str) -> str | None:
    """The version that an alias points at, or None where there is no such alias. Raises Down and NotThere."""
    reply = call(connection, "GET", _asking(ALIAS, {"name": model, "alias": alias}))
    code, message = _error(reply)
    # A missing alias answers 400, and only its message tells it from other mistakes.
    if code == "INVALID_PARAMETER_VALUE" and "alias" in message.lower() and "not found" in message.lower():
        return None
    version = _fields(_answer(connection, reply).get("model_version")).get("version")
    if not version:
        raise Down(f"{connection.name} {_WHAT_TO_DO[200]}", sent=True)
    return str(version)


def objection(connection: Connection, model: str, version: str) -> str | None:
    """Why an alias must not point at this version, in a sentence; None where nothing is to be said against it.

    Raises Down.
    """
    asked = {"name": model, "version": version}
    try:
        reply = call(connection, "GET", _asking(f"{_API}/model-versions/get", asked))
        found = _fields(_answer(connection, reply).get("model_version"))
    except NotThere:
        return f"There is no version {version} of {model} in {connection.name}. Choose one that is there."
    if not found:
        raise Down(f"{connection.name} {_WHAT_TO_DO[200]}", sent=True)
    status = str(found.get("status", "READY"))
    if status != "READY":
        return f"Version {version} of {model} is not ready ({status}). Choose another one."
    tags = found.get("tags")
    for tag in tags if isinstance(tags, list) else []:
        if _fields(tag).get("key") == connection.blocked_tag:
            reason = str(tag.get("value") or "").strip() or "no reason was given"
            return (
                f"Version {version} of {model} is blocked: {reason}. "
                f"Choose another one, or remove its tag {connection.blocked_tag} if that no longer holds."
            )
    return None


def send_move(connection: Connection, path: str, body: str) -> None:
    """Send a move as it was previewed. Raises Down and NotThere."""
    _answer(connection, call(connection, "POST", path, body))


def look(connection: Connection) -> None:
    """Ask for one model, to see whether it can be read. Raises Down."""
    _answer(connection, call(connection, "GET", _asking(f"{_API}/registered-models/search", {"max_results": "1"})))


def _asking(path: str, query: Mapping[str, str]) -> str:
    # The values are filled in as facts, so that whatever is in them is encoded.
    return fill_path(path, query, {name: f"{{{name}}}" for name in query})


def _answer(connection: Connection, reply: Reply) -> Mapping[str, Any]:
    code, message = _error(reply)
    if code == "RESOURCE_DOES_NOT_EXIST":
        raise NotThere(f"{connection.name} knows nothing of that name: {message}. Check how it is written.")
    if reply.status == 200 and isinstance(reply.body, dict):
        return reply.body
    # A refusal of MLflow's own has changed nothing; what a proxy or a server that fails says, nobody knows.
    raise Down(f"{connection.name} {_what_to_do(reply, message)}", sent=reply.status >= 500 or reply.status < 400)


def _error(reply: Reply) -> tuple[str, str]:
    message = " ".join(str(reply.fields.get("message", "")).split()).rstrip(".")
    return str(reply.fields.get("error_code", "")), message or "it gave no reason"


def _fields(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


_WHAT_TO_DO: Final = {
    200: "answered with something else than data. Check that its address is an MLflow server's.",
    401: "does not accept the bot's credentials. Check them.",
    403: "does not let the bot's account do this. Give it READ on the model, and EDIT to move aliases.",
    404: "has no MLflow API there. Write its address without /api or /#/models.",
    429: "asks for fewer questions (HTTP 429). Try again in a minute.",
}


def _what_to_do(reply: Reply, message: str) -> str:
    if "Invalid Host header" in reply.text:
        return "refuses the name under which the bot calls it. Start the server with --allowed-hosts and that name."
    if 300 <= reply.status < 400:
        return "sends the bot to another address, as a log-in page does. Give the bot a way around it."
    if reply.status >= 500:
        return f"failed (HTTP {reply.status}). Look at the server's log."
    return _WHAT_TO_DO.get(reply.status, f"refused the question (HTTP {reply.status}: {message}).")
