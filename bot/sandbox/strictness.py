"""The contract of every served method: its arguments, their types, which are needed, and which scope."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.blockkit import CONTRACT, limit
from bot.sandbox.errors import SlackRefusal
from bot.sandbox.records import Json

Read = Callable[[Any], Any]

# What Slack says when one of these is missing; everything else is missing_argument where the method knows that
# word, else invalid_arguments.
_WORD_FOR_MISSING = {
    ("conversations.create", "name"): "invalid_name_required",
    ("conversations.rename", "name"): "invalid_name_required",
    ("conversations.invite", "users"): "no_user",
    ("conversations.open", "users"): "users_list_not_supplied",
    ("chat.postMessage", "text"): "no_text",
    ("chat.postEphemeral", "text"): "no_text",
    ("chat.update", "text"): "no_text",
    ("pins.add", "timestamp"): "no_item_specified",
    ("pins.remove", "timestamp"): "no_item_specified",
    ("reactions.add", "timestamp"): "no_item_specified",
    ("reactions.remove", "timestamp"): "no_item_specified",
    ("reactions.get", "timestamp"): "no_item_specified",
}
_WORD_FOR_WRONG = {
    "limit": "invalid_limit",
    "blocks": "invalid_blocks_format",
    "metadata": "invalid_metadata_format",
    "attachments": "invalid_attachments",
}
# Kinds of conversation, and how the scopes that open them begin.
_KINDS = {"public_channel": "channels:", "private_channel": "groups:", "im": "im:", "mpim": "mpim:"}


@dataclass(frozen=True)
class Method:
    """One method of the Web API, ready to check calls."""

    name: str
    takes_json: bool
    tier: int | str
    bot_scopes: tuple[str, ...]
    errors: frozenset[str]
    required: tuple[str, ...]
    alternatives: tuple[frozenset[str], ...]
    exclusive: tuple[tuple[str, ...], ...]
    readers: dict[str, Read]

    def read(self, args: Json) -> Json:
        """The arguments with their types; refuses unknown, missing and malformed ones as Slack does."""
        values: Json = {}
        for name, value in args.items():
            reader = self.readers.get(name)
            if reader is None and name == "team_id":
                continue  # slack_bolt's client sends it with every call, and Slack takes it
            if reader is None:
                raise SlackRefusal("invalid_arg_name", messages=[f"unknown argument: {name}"])
            if value is None:
                continue
            try:
                values[name] = reader(value)
            except _Malformed as wrong:
                raise self._malformed(name, wrong) from None
        given = {name for name, value in values.items() if value not in ("", [], {})}
        for name in self.required:
            if name not in given and not (name in values and name in _MAY_BE_EMPTY):
                raise self.missing(name)
        self._check_groups(given)
        return values

    def _check_groups(self, given: set[str]) -> None:
        if self.alternatives and not any(group <= given for group in self.alternatives):
            closest = min(self.alternatives, key=lambda group: len(group - given))
            wanted = {name for group in self.alternatives for name in group - given}
            common = frozenset.intersection(*self.alternatives) - given
            raise self.missing(next((one for one in _FIRST if one in wanted - common), min(closest - given)))
        for group in self.exclusive:
            if sum(name in given for name in group) > 1:
                word = "markdown_text_conflict" if "markdown_text" in group else "invalid_arguments"
                raise SlackRefusal(word, messages=[f"only one of {', '.join(group)} may be given"])

    def missing(self, name: str) -> SlackRefusal:
        """Slack's refusal when this argument is not there."""
        word = _WORD_FOR_MISSING.get((self.name, name))
        if word is None:
            word = "missing_argument" if "missing_argument" in self.errors else "invalid_arguments"
        return SlackRefusal(word, messages=[f"missing required field: {name}"])

    def _malformed(self, name: str, wrong: _Malformed) -> SlackRefusal:
        if wrong.is_array:
            return SlackRefusal("invalid_array_arg")
        word = _WORD_FOR_WRONG.get(name, "invalid_arguments")
        return SlackRefusal(word, messages=[f"{wrong.what} [json-pointer:/{name}]"])

    def need_any_scope(self, granted: set[str]) -> None:
        """Refuses with missing_scope when the app has none of the method's scopes."""
        if self.bot_scopes and granted.isdisjoint(self.bot_scopes):
            raise missing_scope(self.bot_scopes, granted)

    def need_scope_for(self, kind: str, granted: set[str]) -> None:
        """Refuses when the app lacks the scope for this kind of conversation, such as public_channel."""
        wanted = self.scopes_for(kind)
        if wanted and granted.isdisjoint(wanted):
            raise missing_scope(wanted, granted)

    def scopes_for(self, kind: str) -> tuple[str, ...]:
        """The scopes of which one opens this kind of conversation."""
        return tuple(scope for scope in self.bot_scopes if scope.startswith(_KINDS[kind]))


_FIRST = ("text", "users", "timestamp", "trigger_id", "view_id")
_MAY_BE_EMPTY = frozenset({"topic", "purpose"})


def missing_scope(wanted: tuple[str, ...], granted: set[str]) -> SlackRefusal:
    """Slack's refusal for want of a scope, with what is needed and what there is."""
    return SlackRefusal("missing_scope", needed=",".join(wanted), provided=",".join(sorted(granted)))


class _Malformed(Exception):
    def __init__(self, what: str, *, is_array: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.is_array = is_array


def _string(value: Any) -> str:
    if isinstance(value, list):
        raise _Malformed("must provide a string", is_array=True)
    if not isinstance(value, str):
        raise _Malformed("must provide a string")
    return value


def _timestamp(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.6f}"
    return _string(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word not in ("1", "0", "true", "false", ""):
        raise _Malformed("must be a boolean")
    return word in ("1", "true")


def _integer(value: Any) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise _Malformed("must be an integer") from None


def _structure(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value) if value else []
        except ValueError:
            raise _Malformed("must be valid JSON") from None
    return value


def _array(value: Any) -> list[Any]:
    value = _structure(value)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise _Malformed("must provide an array of objects")
    return value


def _file_ids(value: Any) -> list[str]:
    if isinstance(value, str) and not value.startswith("["):
        return [one for one in value.split(",") if one]
    value = _structure(value)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _Malformed("must provide an array of strings")
    return value


def _object(value: Any) -> Json:
    value = _structure(value)
    if value == []:
        return {}
    if not isinstance(value, dict):
        raise _Malformed("must provide an object")
    return value


def _reader(name: str, facts: Json) -> Read:
    types = set(facts["types"])
    special: dict[str, Read] = {
        "blocks": _array,
        "attachments": _array,
        "files": _array,
        "file_ids": _file_ids,
        "metadata": _object,
        "view": _object,
        "as_user": _boolean,
        "link_names": _boolean,
    }
    if name in special:
        return special[name]
    if types == {"boolean"}:
        return _boolean
    if "integer" in types:
        return _integer
    return _timestamp if "number" in types else _string


def _chosen(read: Read, allowed: list[str]) -> Read:
    def reader(value: Any) -> Any:
        if read(value) not in ("", *allowed):
            raise _Malformed(f"must be one of: {', '.join(allowed)}")
        return read(value)

    return reader


def _is_required(facts: Json) -> bool:
    # What the reference requires, or what both official SDKs do.
    by = set(facts.get("required_by", ()))
    return "docs" in by or {"node", "python"} <= by


def _method(name: str, facts: Json) -> Method:
    readers = {}
    for arg, about in facts["args"].items():
        reader = _reader(arg, about)
        # A bookmark of a wrong type has a refusal of its own.
        enum = about.get("enum") if arg != "type" else None
        readers[arg] = _chosen(reader, enum) if enum else reader
    return Method(
        name=name,
        takes_json=facts["json"],
        tier=facts["tier"],
        bot_scopes=tuple(facts["bot_scopes"]),
        errors=frozenset(facts["errors"]),
        required=tuple(arg for arg, about in facts["args"].items() if _is_required(about)),
        alternatives=tuple(frozenset(group) for group in facts.get("alternatives", ())),
        exclusive=tuple(tuple(one["args"]) for one in facts.get("one_of", ()) if one["exclusive"]),
        readers=readers,
    )


@functools.cache
def methods() -> dict[str, Method]:
    """Every served method by its name."""
    raw = json.loads((CONTRACT / "methods.json").read_text("utf-8"))["methods"]
    return {name: _method(name, facts) for name, facts in raw.items()}


def check_limit(value: int | None, default: int) -> int:
    """How many items a page has; refuses what is below zero or above the highest that Slack takes."""
    if value is None or value == 0:
        return default
    if not 0 < value <= limit("paging.limit"):
        raise SlackRefusal("invalid_limit")
    return value
