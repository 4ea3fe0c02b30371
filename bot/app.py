"""The Bolt app: a constant set of listeners, what it lends them, and the one way in for requests of any transport."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl

from slack_bolt import App, BoltContext, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.internals import build_context
from slack_sdk import WebClient

from bot.account import Account
from bot.handlers.actions import answer_click
from bot.handlers.command import answer_command
from bot.handlers.events import heard_by, take_event
from bot.handlers.lent import Lent
from bot.handlers.modals import answer_submission
from bot.handlers.suggestions import suggest
from bot.incidents.desk import Feature
from bot.metrics import Metrics

log = logging.getLogger(__name__)

THREADS = 8
COMMAND = "/ml-incident"
Dispatch = Callable[[BoltRequest], BoltResponse]
_ANY = re.compile(".*", re.DOTALL)


def build_app(lent: Lent, account: Account, *, signing_secret: str | None) -> App:
    """The app. It calls nobody when it is built; without a signing secret it must not be reached over HTTP."""

    def lend(context: BoltContext, body: dict[str, Any], next: Callable[[], Any]) -> None:  # noqa: A002 - Bolt's name
        account.learn_user(body.get("authorizations"))
        context["lent"] = lent
        next()

    def authorize(team_id: str | None, enterprise_id: str | None) -> AuthorizeResult:
        # From memory: Bolt's own way asks Slack when the app is built, and so would not start while Slack is down.
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=account.token,
            bot_user_id=account.user_id,
            bot_id=account.bot_id,
        )

    logger = logging.getLogger("bot.bolt")
    logger.addFilter(_no_advice_on_tokens)
    app = App(
        name="ml-incident",
        logger=logger,
        client=WebClient(base_url=account.api_url, timeout=5, retry_handlers=[]),
        signing_secret=signing_secret or "",
        before_authorize=lend,
        authorize=authorize,
        # Acknowledge after the handler, and answer 500 when it fails: by itself Bolt acknowledges events first.
        process_before_response=True,
        listener_executor=ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="bolt"),
        attaching_conversation_kwargs_enabled=False,
    )
    # Whatever the features answer to is looked up when it arrives, so this list never grows.
    app.command(COMMAND)(answer_command)
    app.block_action(_ANY)(answer_click)
    app.view_submission(_ANY)(answer_submission)
    app.options(_ANY)(suggest)
    app.event(_ANY)(take_event)
    app.error(_log_fault)
    return app


def _no_advice_on_tokens(record: logging.LogRecord) -> bool:
    # Bolt reads SLACK_BOT_TOKEN from the environment by itself, and then warns that it was told otherwise.
    return "`token` will be unused" not in record.getMessage()


def _log_fault(error: Exception) -> None:
    # Returns nothing: a response given here after an acknowledgement would trip an assertion in Bolt.
    log.error("a request could not be dispatched", exc_info=error)


def dispatcher(app: App, metrics: Metrics, feature: Feature) -> Dispatch:
    """One way in for HTTP and Socket Mode, timed. Blocks; never call it on an event loop."""

    def dispatch(request: BoltRequest) -> BoltResponse:
        began = time.perf_counter()
        # Most of what arrives is talk that nobody listens to. Over HTTP Bolt has to check the signature first.
        event = request.body.get("event") if request.mode == "socket_mode" else None
        unheard = isinstance(event, dict) and not heard_by(feature, event)
        response = BoltResponse(status=200) if unheard else app.dispatch(request)
        metrics.acknowledged(kind_of(request.body), ok=response.status == 200, seconds=time.perf_counter() - began)
        return response

    return dispatch


def read_request(raw: bytes, headers: dict[str, Any]) -> BoltRequest:
    """An HTTP request as Bolt takes it. Raises ValueError when the body cannot be read."""
    text = raw.decode("utf-8")
    try:
        request = BoltRequest(body=text, headers=headers)
    except (AttributeError, TypeError, KeyError):
        raise ValueError("JSON that is no object") from None
    if text and not request.body:
        # Bolt takes any form that has the letters "payload" in it for an interaction, and a command
        # about a payload for an empty one.
        request.body = dict(parse_qsl(text, keep_blank_values=True))
        request.context = build_context(BoltContext({}), request.body)
    return request


def kind_of(body: dict[str, Any]) -> str:
    """What kind of request this is, in few words, for the metrics."""
    if "command" in body:
        return "command"
    if "event" in body:
        return "event"
    known = {"block_actions": "click", "view_submission": "form", "block_suggestion": "suggestion"}
    return known.get(str(body.get("type")), "other")
