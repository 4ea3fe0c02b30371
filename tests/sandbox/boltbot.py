"""A small but real Bolt app for the sandbox's own tests: what slack_bolt and slack_sdk accept is what counts."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from slack_bolt import App, BoltRequest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.sandbox.client import SandboxSlack

Json = dict[str, Any]
MODELS = ("fraud-scorer", "search-ranker", "home-recs")


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str) -> Json:
    return {"text": plain(text), "value": text}


def button(text: str, action_id: str, value: str = "") -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, "value": value}


def form(title: str = "Open an incident") -> Json:
    """A modal with one of each kind of field that matters here."""

    def field(block_id: str, label: str, element: Json, *, optional: bool = False) -> Json:
        return {
            "type": "input",
            "block_id": block_id,
            "label": plain(label),
            "element": element,
            "optional": optional,
        }

    severities = [option("sev1"), option("sev2")]
    return {
        "type": "modal",
        "callback_id": "open",
        "title": plain(title),
        "submit": plain("Open"),
        "notify_on_close": True,
        "blocks": [
            {"type": "section", "block_id": "intro", "text": plain("Tell us"), "accessory": button("More", "more")},
            field("model", "Model", {"type": "external_select", "action_id": "model", "min_query_length": 1}),
            field("what", "What is wrong", {"type": "plain_text_input", "action_id": "what", "max_length": 40}),
            field(
                "severity",
                "Severity",
                {
                    "type": "static_select",
                    "action_id": "severity",
                    "options": severities,
                    "initial_option": severities[1],
                },
            ),
            field("lead", "Lead", {"type": "users_select", "action_id": "lead"}, optional=True),
            field(
                "flags",
                "Flags",
                {"type": "checkboxes", "action_id": "flags", "options": [option("private"), option("drill")]},
                optional=True,
            ),
            field("due", "Due", {"type": "datepicker", "action_id": "due"}, optional=True),
        ],
    }


class BoltBot:
    """What the app heard: `events` and `interactions` in order of arrival, and its Web API client."""

    def __init__(self, slack: SandboxSlack) -> None:
        self.slack = slack
        self.client = WebClient("xoxb-sandbox", base_url=slack.api_url, retry_handlers=[])
        self.events: list[Json] = []
        self.interactions: list[Json] = []
        self.retries: list[Json] = []
        self.refuse_events = 0
        self.event_takes_s = 0.0
        self.submission_answer: Json = {}
        self.app = App(
            client=self.client,
            signing_secret="sandbox-signing-secret",
            process_before_response=True,
            ignoring_self_events_enabled=True,
            authorize=lambda: AuthorizeResult(
                enterprise_id=None,
                team_id="T00LARKSP",
                bot_token="xoxb-sandbox",
                bot_user_id="U00MLINCB",
                bot_id="B00MLINCB",
            ),
        )
        self._listen()

    def heard(self, kind: str) -> list[Json]:
        """The inner events of a type."""
        return [body["event"] for body in list(self.events) if body["event"]["type"] == kind]

    def _listen(self) -> None:
        app = self.app
        app.command("/ml-incident")(self._command)
        for kind in (
            "message",
            "reaction_added",
            "reaction_removed",
            "member_joined_channel",
            "app_home_opened",
            "app_mention",
        ):
            app.event(kind)(self._event)
        app.options("model")(self._suggest)
        app.view("open")(self._submitted)
        app.view_closed("open")(self._interaction)
        app.shortcut("report")(self._interaction)
        app.action(re.compile(""))(self._interaction)

    def _command(self, ack: Callable[..., Any], command: Json, client: WebClient) -> None:
        word, _, rest = command["text"].partition(" ")
        self.interactions.append(command)
        match word:
            case "hello":
                ack(f"Hello <@{command['user_id']}>")
            case "echo":
                ack(text=rest, response_type="ephemeral")
            case "public":
                ack(text="For everybody", response_type="in_channel")
            case "buttons":
                ack(text="Two buttons", blocks=[{"type": "actions", "elements": [button("Done", "done", "7")]}])
            case "broken":
                ack(text="x", blocks=[{"type": "actions", "elements": []}])
            case "slow":
                time.sleep(3.4)
                ack("Too late")
            case "fail":
                raise RuntimeError("the handler fails before it acknowledges")
            case "form":
                client.views_open(trigger_id=command["trigger_id"], view=form())
                ack()
            case _:
                ack()

    def _event(self, body: Json, request: BoltRequest, ack: Callable[..., Any]) -> None:
        headers = {key: value[0] for key, value in request.headers.items() if "retry" in key}
        self.events.append(body)
        self.retries.append(headers)
        time.sleep(self.event_takes_s)
        if self.refuse_events > 0:
            self.refuse_events -= 1
            raise RuntimeError("this event is refused")
        ack()

    def _suggest(self, ack: Callable[..., Any], payload: Json) -> None:
        ack(options=[option(model) for model in MODELS if payload["value"] in model])

    def _submitted(self, ack: Callable[..., Any], body: Json, view: Json) -> None:
        self.interactions.append(body)
        if view["state"]["values"]["what"]["what"]["value"] == "bad":
            ack(response_action="errors", errors={"what": "Say more"})
        else:
            ack(**self.submission_answer)

    def _interaction(self, ack: Callable[..., Any], body: Json) -> None:
        self.interactions.append(body)
        ack()


@contextlib.contextmanager
def over_http(slack: SandboxSlack) -> Iterator[BoltBot]:
    """The app behind a threaded HTTP server on a free port."""
    bot = BoltBot(slack)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name: [value] for name, value in self.headers.items()}
            answer = bot.app.dispatch(BoltRequest(body=body, headers=headers))
            content = answer.body.encode()
            self.send_response(answer.status)
            for name, values in answer.headers.items():
                for value in values:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the standard library
            """Tests print nothing for each request."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A sandbox that stopped waiting has closed the connection."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    slack.configure(events_url=f"http://127.0.0.1:{server.server_address[1]}/slack/events")
    try:
        yield bot
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def over_socket(slack: SandboxSlack) -> Iterator[BoltBot]:
    """The app behind slack_sdk's own Socket Mode client."""
    bot = BoltBot(slack)
    handler = SocketModeHandler(
        bot.app, app_token="xapp-sandbox", web_client=WebClient("xapp-sandbox", base_url=slack.api_url)
    )
    handler.connect()
    slack.wait_for(lambda: slack.state()["sockets"])
    try:
        yield bot
    finally:
        # The client's own close waits up to three seconds for something to read, and fails when its reader hangs up at
        # that moment. So the sandbox hangs up, the reader notices, and then there is nothing left to race for.
        handler.client.auto_reconnect_enabled = False
        with contextlib.suppress(httpx.TransportError):  # the sandbox may have ended before
            slack.configure(socket=False)
        noticed_by = time.monotonic() + 5
        while handler.client.is_connected() and time.monotonic() < noticed_by:
            time.sleep(0.005)
        handler.close()
