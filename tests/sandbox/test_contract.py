"""The small Slack is as strict as the contract says: every served method, every argument, scope and limit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.sandbox.blockkit import CONTRACT
from bot.sandbox.methods import HANDLERS
from tests.sandbox.calls import BLOCKS, VALID, VIEWS
from tests.sandbox.web import ANA, GENERAL, LEE, PAYMENTS, Json, Web, home, modal

FACTS: Json = json.loads((CONTRACT / "methods.json").read_text("utf-8"))
METHODS: Json = FACTS["methods"]
LIMITS: Json = {row["id"]: row for row in json.loads((CONTRACT / "limits.json").read_text("utf-8"))["limits"]}
REJECTED = {limit_id: row["limit"] for limit_id, row in LIMITS.items() if row["effect"] == "rejected"}
# What any method may say of its arguments, besides its own errors.
ANY_METHOD = {"invalid_arguments", "missing_argument", *FACTS["common_errors"]}


@pytest.fixture
def web() -> Iterator[Web]:
    one = Web()
    yield one
    one.close()


def _required() -> list[tuple[str, str]]:
    return [
        (method, arg)
        for method, facts in METHODS.items()
        for arg, about in facts["args"].items()
        if "docs" in about.get("required_by", ())
    ]


def _own_words(method: str) -> set[str]:
    return ANY_METHOD | set(METHODS[method]["errors"])


def test_every_method_of_the_contract_is_served_and_no_other() -> None:
    assert set(HANDLERS) == set(METHODS) == set(VALID)


@pytest.mark.parametrize("method", METHODS)
def test_a_call_as_the_contract_wants_it_is_answered(web: Web, method: str) -> None:
    web.ok(method, **VALID[method](web))


@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_argument_is_refused(web: Web, method: str) -> None:
    assert web.refusal(method, **VALID[method](web), wat="1") == "invalid_arg_name"


@pytest.mark.parametrize("method", [name for name, facts in METHODS.items() if facts["json"]])
def test_an_unknown_argument_is_refused_in_a_json_body_too(web: Web, method: str) -> None:
    if method == "apps.connections.open":
        web.ws.bot.token = web.ws.bot.app_token
    assert web.call_json(method, {**VALID[method](web), "wat": 1})["error"] == "invalid_arg_name"


@pytest.mark.parametrize(("method", "arg"), _required())
def test_a_required_argument_that_is_missing_is_refused(web: Web, method: str, arg: str) -> None:
    args = VALID[method](web)
    del args[arg]
    answer = web.call(method, **args)
    assert not answer["ok"]
    assert answer["error"] in _own_words(method)
    assert f"missing required field: {arg}" in str(answer["response_metadata"]["messages"])


@pytest.mark.parametrize(("method", "arg"), [one for one in _required() if one[1] not in ("topic", "purpose")])
def test_a_required_argument_that_is_empty_is_refused(web: Web, method: str, arg: str) -> None:
    assert web.refusal(method, **VALID[method](web) | {arg: ""}) in _own_words(method)


@pytest.mark.parametrize("what", ["topic", "purpose"])
def test_an_empty_topic_or_purpose_clears_it(web: Web, what: str) -> None:
    method = f"conversations.set{what.title()}"
    channel = web.channel()
    web.ok(method, channel=channel, **{what: "SEV2"})
    assert web.ok(method, channel=channel, **{what: ""})["channel"][what]["value"] == ""


@pytest.mark.parametrize("method", [name for name, facts in METHODS.items() if "alternatives" in facts])
def test_a_call_that_meets_no_alternative_is_refused(web: Web, method: str) -> None:
    args, groups = VALID[method](web), METHODS[method]["alternatives"]
    tried = 0
    for arg in [one for one in args if any(one in group for group in groups)]:
        rest = {name: value for name, value in args.items() if name != arg}
        if any(set(group) <= set(rest) for group in groups):
            continue
        tried += 1
        assert web.refusal(method, **rest) in _own_words(method)
    assert tried
    assert web.refusal(method) in _own_words(method)


@pytest.mark.parametrize(
    ("method", "group"),
    [(name, one["args"]) for name, facts in METHODS.items() for one in facts.get("one_of", ()) if one["exclusive"]],
)
def test_arguments_that_exclude_each_other_are_refused_together(web: Web, method: str, group: list[str]) -> None:
    args = VALID[method](web) | dict.fromkeys(group, "both")
    assert web.refusal(method, **args) in ("markdown_text_conflict", "invalid_arguments")


@pytest.mark.parametrize("method", [name for name, facts in METHODS.items() if facts["bot_scopes"]])
def test_a_missing_scope_is_refused_and_named(web: Web, method: str) -> None:
    args = VALID[method](web)
    web.ws.bot.scopes -= set(METHODS[method]["bot_scopes"])
    answer = web.call(method, **args)
    assert answer["error"] == "missing_scope"
    assert answer["needed"] == ",".join(METHODS[method]["bot_scopes"])
    assert set(answer["provided"].split(",")) == web.ws.bot.scopes


_PUBLIC = [
    name
    for name, facts in METHODS.items()
    if any(scope.startswith("channels:") for scope in facts["bot_scopes"]) and name != "conversations.open"
]


@pytest.mark.parametrize("method", _PUBLIC)
def test_the_scope_has_to_be_the_one_for_that_kind_of_conversation(web: Web, method: str) -> None:
    args = VALID[method](web)
    web.ws.bot.scopes -= {scope for scope in METHODS[method]["bot_scopes"] if scope.startswith("channels:")}
    answer = web.call(method, **args)
    assert answer["error"] == "missing_scope"
    assert "channels:" in answer["needed"]
    assert "groups:" not in answer["needed"]


def test_socket_mode_needs_the_app_level_scope(web: Web) -> None:
    web.ws.bot.app_scopes.clear()
    assert web.call("apps.connections.open")["needed"] == "connections:write"


@pytest.mark.parametrize(
    ("method", "arg", "value", "error"),
    [
        ("chat.postMessage", "blocks", "{", "invalid_blocks_format"),
        ("chat.postMessage", "blocks", {"type": "section"}, "invalid_blocks_format"),
        ("chat.postMessage", "unfurl_links", "maybe", "invalid_arguments"),
        ("chat.postMessage", "parse", "some", "invalid_arguments"),
        ("chat.postMessage", "metadata", "[1]", "invalid_metadata_format"),
        ("chat.postMessage", "metadata", {"event_type": "x"}, "invalid_metadata_schema"),
        ("chat.update", "attachments", "no", "invalid_attachments"),
        ("bookmarks.add", "type", "folder", "invalid_bookmark_type"),
        ("bookmarks.add", "link", "example", "invalid_link"),
        ("conversations.members", "limit", "many", "invalid_limit"),
        ("conversations.members", "limit", "-1", "invalid_limit"),
        ("conversations.members", "cursor", "???", "invalid_cursor"),
        ("conversations.history", "latest", "noon", "invalid_ts_latest"),
        ("conversations.history", "oldest", "noon", "invalid_ts_oldest"),
        ("conversations.list", "types", "public", "invalid_types"),
        ("views.open", "view", "{", "invalid_arguments"),
        ("files.getUploadURLExternal", "length", "long", "invalid_arguments"),
        ("pins.add", "timestamp", "yesterday", "bad_timestamp"),
        ("reactions.add", "name", ":eyes:", "invalid_name"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused(web: Web, method: str, arg: str, value: Any, error: str) -> None:
    assert web.refusal(method, **VALID[method](web) | {arg: value}) == error


def test_a_list_where_a_string_belongs_is_refused(web: Web) -> None:
    args = {"channel": web.channel(), "users": [ANA, LEE]}
    assert web.call_json("conversations.invite", args)["error"] == "invalid_array_arg"


def _is_minimum(limit_id: str) -> bool:
    return LIMITS[limit_id]["kind"].startswith("min_")


def _beyond(limit_id: str) -> int:
    number: int = LIMITS[limit_id]["limit"]
    return number - 1 if _is_minimum(limit_id) else number + 1


@pytest.mark.parametrize("limit_id", BLOCKS)
def test_a_block_at_its_limit_is_taken_and_one_step_beyond_is_refused(web: Web, limit_id: str) -> None:
    build = BLOCKS[limit_id]
    web.ok("chat.postMessage", channel=GENERAL, text="words", blocks=[build(LIMITS[limit_id]["limit"])])
    answer = web.call("chat.postMessage", channel=GENERAL, text="words", blocks=[build(_beyond(limit_id))])
    assert answer["error"] == "invalid_blocks"
    assert "json-pointer:/blocks/0" in answer["response_metadata"]["messages"][0]


@pytest.mark.parametrize("limit_id", BLOCKS)
def test_a_block_beyond_its_limit_is_refused_in_a_modal_too(web: Web, limit_id: str) -> None:
    view = modal(BLOCKS[limit_id](_beyond(limit_id)), submit={"type": "plain_text", "text": "Open"})
    trigger_id = web.ws.views.issue_trigger(ANA)
    answer = web.call("views.open", trigger_id=trigger_id, view=view)
    assert answer["error"] == "invalid_arguments"
    assert "json-pointer:/view/blocks/0" in answer["response_metadata"]["messages"][0]


def _show(web: Web, view: Json) -> Json:
    if view["type"] == "home":
        return web.call("views.publish", user_id=ANA, view=view)
    return web.call("views.open", trigger_id=web.ws.views.issue_trigger(ANA), view=view)


@pytest.mark.parametrize("limit_id", VIEWS)
def test_a_view_at_its_limit_is_taken_and_one_step_beyond_is_refused(web: Web, limit_id: str) -> None:
    build = VIEWS[limit_id]
    assert _show(web, build(LIMITS[limit_id]["limit"]))["ok"]
    answer = _show(web, build(_beyond(limit_id)))
    assert answer["error"] == "invalid_arguments"
    assert "json-pointer:/view/" in answer["response_metadata"]["messages"][0]


def _message(web: Web, **more: Any) -> Json:
    return web.call("chat.postMessage", channel=GENERAL, **more)


def _external_ids(web: Web, n: int) -> Json:
    assert _show(web, modal(external_id="x" * 255))["ok"]
    return web.call("views.update", external_id="x" * n, view=modal())


def _view_of_bytes(n: int) -> Json:
    filler = [{"type": "section", "text": {"type": "plain_text", "text": "x" * 3000}}] * 80
    view = home(*filler, {"type": "section", "fields": [{"type": "plain_text", "text": "x"} for _ in range(10)]})
    left = n - len(json.dumps(view).encode())
    for field in view["blocks"][-1]["fields"]:
        more = min(1999, left)
        field["text"] += "x" * more
        left -= more
    assert left == 0
    return view


def _pushed(web: Web, n: int) -> Json:
    web.ws.views.open(ANA, modal())
    answers = [web.call("views.push", trigger_id=web.ws.views.issue_trigger(ANA), view=modal()) for _ in range(n - 1)]
    return answers[-1]


def _invited(web: Web, n: int) -> Json:
    people = ",".join([ANA, *(f"U{number}" for number in range(n - 1))])
    return web.call("conversations.invite", channel=web.channel(f"inc-{n}"), users=people, force=True)


def _opened(web: Web, n: int) -> Json:
    people = [one.id for one in web.ws.users.values() if not one.deleted and not one.is_bot][:n]
    return web.call("conversations.open", users=",".join(people))


def _shared(web: Web, n: int) -> Json:
    channels = [web.channel(f"inc-{n}-{number}") for number in range(n)]
    return web.call("files.completeUploadExternal", files=[{"id": web.upload()}], channels=",".join(channels))


def _renamed(web: Web, n: int) -> Json:
    return web.call("conversations.create", name="x" * n)


def _waited(web: Web, seconds: int) -> Json:
    trigger_id = web.ws.views.issue_trigger(ANA)
    web.ws.views.age_triggers(seconds - 0.5)
    return web.call("views.open", trigger_id=trigger_id, view=modal())


# limit id -> what Slack answers to n, and its word for one step beyond.
OTHERS: dict[str, tuple[Callable[[Web, int], Json], str]] = {
    "message.blocks": (lambda web, n: _message(web, blocks=[{"type": "divider"}] * n), "invalid_blocks"),
    "message.attachments": (lambda web, n: _message(web, attachments=[{"text": "x"}] * n), "too_many_attachments"),
    "message.markdown_text": (lambda web, n: _message(web, markdown_text="x" * n), "msg_too_long"),
    "message.text.update": (
        lambda web, n: web.call("chat.update", channel=GENERAL, ts=web.post(), text="x" * n),
        "msg_too_long",
    ),
    "view.external_id": (_external_ids, "invalid_arguments"),
    "view.json_bytes": (lambda web, n: _show(web, _view_of_bytes(n)), "view_too_large"),
    "modal.push_depth": (_pushed, "push_limit_reached"),
    "channel.name": (_renamed, "invalid_name_maxlength"),
    "channel.topic": (
        lambda web, n: web.call("conversations.setTopic", channel=web.channel(f"inc-{n}"), topic="x" * n),
        "too_long",
    ),
    "channel.purpose": (
        lambda web, n: web.call("conversations.setPurpose", channel=web.channel(f"inc-{n}"), purpose="x" * n),
        "too_long",
    ),
    "conversations.invite.users": (_invited, "invalid_arguments"),
    "conversations.open.users": (_opened, "too_many_users"),
    "files.complete.channels": (_shared, "channels_limit_exceeded"),
    "paging.limit": (lambda web, n: web.call("users.list", limit=n), "invalid_limit"),
    "trigger_id.seconds": (_waited, "expired_trigger_id"),
}
RATES = {
    "rate.tier2": ("pins.list", {"channel": GENERAL}),
    "rate.tier3": ("conversations.history", {"channel": GENERAL}),
    "rate.tier4": ("users.info", {"user": ANA}),
}
# Walked where they happen: how things reach the bot and come back from it.
ELSEWHERE = {"ack.seconds", "response_url.uses", "response_url.seconds", "events.retries"}


@pytest.mark.parametrize("limit_id", OTHERS)
def test_what_is_at_its_limit_is_taken_and_one_step_beyond_is_refused(web: Web, limit_id: str) -> None:
    build, error = OTHERS[limit_id]
    answer = build(web, LIMITS[limit_id]["limit"])
    assert answer["ok"], answer
    assert build(web, _beyond(limit_id))["error"] == error


@pytest.mark.parametrize("limit_id", RATES)
def test_one_call_more_than_a_minute_allows_waits_for_its_retry_after(web: Web, limit_id: str) -> None:
    method, args = RATES[limit_id]
    assert METHODS[method]["tier"] == int(limit_id[-1])
    web.ws.rate_limits = True
    for _ in range(LIMITS[limit_id]["limit"]):
        web.ok(method, **args)
    headers = {"Authorization": f"Bearer {web.ws.bot.token}"}
    response = web.request("POST", f"/api/{method}", data=args, headers=headers)
    assert (response.status_code, response.json()) == (429, {"ok": False, "error": "ratelimited"})
    assert int(response.headers["Retry-After"]) >= 1


def test_a_channel_takes_a_short_burst_and_then_a_message_a_second(web: Web) -> None:
    web.ws.rate_limits = True
    assert LIMITS["rate.post_per_channel"]["limit"] == 1
    answers = [web.call("chat.postMessage", channel=GENERAL, text="hello") for _ in range(8)]
    assert [one.get("error") for one in answers] == [None] * 5 + ["ratelimited"] * 3
    assert web.ok("chat.postMessage", channel="C02MLINCID", text="another channel")


def test_a_workspace_takes_so_many_messages_a_minute_in_all_its_channels(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sandbox.ratelimits.POSTS_PER_MINUTE", 7)
    web.ws.rate_limits = True
    answers = [web.call("chat.postMessage", channel=where, text="hello") for where in [GENERAL, "C02MLINCID", ANA] * 3]
    assert [one.get("error") for one in answers] == [None] * 7 + ["ratelimited"] * 2


def test_every_limit_that_is_rejected_is_walked() -> None:
    walked = {*BLOCKS, *VIEWS, *OTHERS, *RATES, "rate.post_per_channel", *ELSEWHERE}
    assert walked == set(REJECTED)


def test_a_text_that_is_far_too_long_is_cut_and_said_so(web: Web) -> None:
    most = LIMITS["message.text.truncate"]["limit"]
    answer = web.ok("chat.postMessage", channel=GENERAL, text="x" * (most + 1))
    assert len(answer["message"]["text"]) == most
    assert answer["warning"] == "message_truncated"


def test_a_method_that_takes_no_json_does_not_see_a_json_body(web: Web) -> None:
    assert web.call_json("conversations.info", {"channel": GENERAL})["error"] == "invalid_arguments"


def test_json_without_a_charset_is_taken_with_a_warning(web: Web) -> None:
    answer = web.call_json("auth.test", {}, content_type="application/json")
    assert (answer["ok"], answer["warning"]) == (True, "missing_charset")


def test_a_body_that_is_no_json_is_refused(web: Web) -> None:
    headers = {"Authorization": "Bearer xoxb-sandbox", "Content-Type": "application/json; charset=utf-8"}
    for content, error in ((b"{", "invalid_json"), (b"[]", "json_not_object")):
        answer = web.request("POST", "/api/auth.test", content=content, headers=headers).json()
        assert answer == {"ok": False, "error": error}


def test_a_call_without_the_right_token_is_refused(web: Web) -> None:
    assert web.request("POST", "/api/auth.test").json()["error"] == "not_authed"
    assert web.refusal("auth.test", bearer="xoxb-other") == "invalid_auth"
    assert web.refusal("auth.test", bearer="xapp-sandbox") == "not_allowed_token_type"
    assert web.refusal("apps.connections.open", bearer="xoxb-sandbox") == "not_allowed_token_type"
    assert web.refusal("chat.shout") == "unknown_method"


def test_a_channel_of_others_takes_no_message(web: Web) -> None:
    assert web.refusal("chat.postMessage", channel=PAYMENTS, text="hello") == "not_in_channel"
    web.ws.bot.scopes.add("chat:write.public")
    assert web.ok("chat.postMessage", channel=PAYMENTS, text="hello")
