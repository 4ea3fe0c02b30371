"""Who may knock at the web endpoint, and what health checks and Prometheus read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from bot.errors import WrongUsage
from bot.sandbox.client import SandboxSlack
from bot.sandbox.signed_http import sign
from bot.web import MOST_BYTES, WebServer, build_web
from storage import outbox
from storage.transaction import Storage
from tests.bot.serving.tiny import SECRET, TinyBot, serve_tiny, written

COMMAND = {"command": "/ml-incident", "text": "note hi", "trigger_id": "1.2.3", "channel_id": "C1", "user_id": "U1"}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TinyBot]:
    """One bot for all of these; each knocks with a trigger of its own."""
    from storage.database import open_engine, parse_url
    from storage.upkeep import upgrade
    from tests.databases import sqlite_url
    from tests.processes import start_sandbox

    folder: Path = tmp_path_factory.mktemp("web")
    engine = open_engine(parse_url(sqlite_url(folder)))
    upgrade(engine)
    storage = Storage(engine)
    with start_sandbox(folder) as slack, serve_tiny(slack, storage) as tiny:
        yield tiny
    storage.close()


def knock(
    bot: TinyBot,
    body: bytes,
    *,
    secret: str = SECRET,
    ago_s: float = 0,
    signature: str | None = None,
    content_type: str = FORM,
) -> httpx.Response:
    """A request as Slack would send it, or nearly."""
    timestamp = str(int(time.time() - ago_s))
    headers = {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": sign(secret=secret, timestamp=timestamp, body=body) if signature is None else signature,
    }
    return httpx.post(f"{bot.address}/slack/events", content=body, headers=headers, timeout=5)


def command(**changed: str) -> bytes:
    return urlencode({**COMMAND, "trigger_id": f"{time.monotonic_ns()}", **changed}).encode()


def test_a_signed_request_is_taken(bot: TinyBot) -> None:
    answer = knock(bot, command())
    assert (answer.status_code, answer.json()["text"]) == (200, "noted: hi")


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "somebody-else"},
        {"signature": ""},
        {"signature": "v0=" + "0" * 64},
        {"signature": "v0=ü".encode("latin-1").decode("latin-1")},
        {"ago_s": 310},
        {"ago_s": -310},
        {"ago_s": 1e9},
    ],
)
def test_a_request_with_a_wrong_or_old_signature_is_refused(bot: TinyBot, wrong: dict[str, object]) -> None:
    before = written(bot.storage)
    try:
        answer = knock(bot, command(), **wrong)  # type: ignore[arg-type]
    except UnicodeEncodeError:
        return  # the client itself would not send it
    assert answer.status_code == 401
    assert written(bot.storage) == before


def test_a_request_without_signature_or_with_another_body_is_refused(bot: TinyBot) -> None:
    assert httpx.post(f"{bot.address}/slack/events", data=COMMAND).status_code == 401
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": FORM,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": sign(secret=SECRET, timestamp=timestamp, body=command(text="note one")),
    }
    answer = httpx.post(f"{bot.address}/slack/events", content=command(text="note two"), headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"payload=%7B", b'{"type": "event_callback"}', b"[]"])
def test_a_body_that_cannot_be_read_breaks_nothing(bot: TinyBot, body: bytes) -> None:
    for content_type in (FORM, "application/json"):
        assert 400 <= knock(bot, body, content_type=content_type).status_code < 500
    assert knock(bot, command()).status_code == 200


def test_a_body_that_is_too_large_is_not_even_read(bot: TinyBot) -> None:
    assert knock(bot, b"x" * (MOST_BYTES + 1)).status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(3 * MOST_BYTES // 50_000):
            yield b"x" * 50_000

    try:
        answer = httpx.post(f"{bot.address}/slack/events", content=endless(), timeout=5)
    except httpx.WriteError:
        return  # it hung up on us
    assert answer.status_code == 413


def test_slack_can_verify_the_address(bot: TinyBot) -> None:
    answer = knock(bot, b'{"type":"url_verification","challenge":"abc"}', content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})


def test_there_is_nothing_else_to_knock_at(bot: TinyBot) -> None:
    for path in ("/", "/alerts/grafana", "/slack/install", "/docs"):
        assert httpx.get(f"{bot.address}{path}").status_code == 404
        assert httpx.post(f"{bot.address}{path}").status_code == 404
    assert httpx.get(f"{bot.address}/slack/events").status_code == 405


def test_without_a_signing_secret_slacks_endpoint_does_not_exist(slack: SandboxSlack, kept: Storage) -> None:
    with serve_tiny(slack, kept, over="socket") as tiny:
        assert knock(tiny, command()).status_code == 404


def test_listeners_are_not_added_by_requests(bot: TinyBot) -> None:
    for _ in range(5):
        knock(bot, command())
    app = bot.dispatch.__closure__[0].cell_contents  # type: ignore[attr-defined]
    assert len(app._listeners) == 5


def test_ready_says_how_the_parts_are(bot: TinyBot) -> None:
    answer = httpx.get(f"{bot.address}/readyz")
    assert answer.status_code == 200
    assert answer.json()["database"] == "ok"
    assert answer.json()["slack"] == {"up": False, "problem": "Slack was not asked yet."}
    assert set(answer.json()["outbox"]) == {"owed", "doing", "dead"}
    bot.account.greet()
    assert httpx.get(f"{bot.address}/readyz").json()["slack"] == {"up": True}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM alembic_version", "ml-incident db upgrade"),
        ("UPDATE alembic_version SET version_num = '9999'", "only a newer ml-incident knows"),
    ],
)
def test_a_schema_of_another_version_is_not_ready_and_says_what_to_do(
    slack: SandboxSlack, kept: Storage, change: str, said: str
) -> None:
    with serve_tiny(slack, kept) as tiny:
        with kept.transaction() as tx:
            tx.session.execute(text(change))
        answer = httpx.get(f"{tiny.address}/readyz")
        assert answer.status_code == 503
        assert said in answer.json()["database"]
        assert httpx.get(f"{tiny.address}/healthz").text == "ok"


@pytest.mark.parametrize("put_back", [False, True])
def test_a_database_file_that_went_away_is_not_ready(slack: SandboxSlack, kept: Storage, *, put_back: bool) -> None:
    file = Path(str(kept.engine.url.database))
    with serve_tiny(slack, kept) as tiny:
        assert httpx.get(f"{tiny.address}/readyz").status_code == 200
        file.rename(file.with_name("moved.db"))
        if put_back:
            file.write_bytes(file.with_name("moved.db").read_bytes())
        answer = httpx.get(f"{tiny.address}/readyz")
        assert answer.status_code == 503
        assert "was moved, deleted or replaced" in answer.json()["database"]


def test_metrics_count_acknowledgements_effects_and_incidents(bot: TinyBot) -> None:
    knock(bot, command())
    with bot.storage.transaction() as tx:
        outbox.owe(tx, kind="Nonsense", key=str(time.monotonic_ns()), payload={}, now=_now())
    exposed = httpx.get(f"{bot.address}/metrics").text
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(exposed)
        for sample in family.samples
    }
    assert samples[("ml_incident_acknowledgement_seconds_count", "command")] >= 1
    assert ("ml_incident_outbox", "owed") in samples
    assert ("ml_incident_outbox", "dead") in samples
    assert ("ml_incident_open_incidents", "sev1") in samples
    assert samples[("ml_incident_database_up",)] == 1
    assert ("ml_incident_effect_seconds_bucket", "+Inf") in samples


def _now():  # type: ignore[no-untyped-def]
    from datetime import UTC, datetime

    return datetime.now(UTC)


def test_a_taken_port_is_said_in_a_sentence(bot: TinyBot) -> None:
    port = int(bot.address.rsplit(":", 1)[1])
    with pytest.raises(WrongUsage, match=r"Cannot listen on 127\.0\.0\.1, port \d+: .*ML_INCIDENT_PORT"):
        WebServer(build_web(dispatch=None, readiness=None, metrics=bot.metrics), host="127.0.0.1", port=port)  # type: ignore[arg-type]
