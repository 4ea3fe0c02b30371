"""The connections file: what it may say, and every fault of it told where it stands."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot.connections import Connections, ConnectionsBroken, Unusable
from bot.connections.connection import Connection
from bot.logs import Blotting
from bot.settings import read_settings
from playbooks.asking import AliasMove, HttpCall
from tests.bot.connections.conftest import Connect


def one(connections: Connections, name: str) -> Connection:
    return next(connection for connection in connections if connection.name == name)


def faults(connect: Connect, text: str, **environment: str) -> list[str]:
    with pytest.raises(ConnectionsBroken) as broken:
        connect(text, **environment)
    return [str(fault) for fault in broken.value.faults]


def test_without_a_file_there_is_mlflow_alone_to_be_read(connect: Connect) -> None:
    connections = connect(MLFLOW_TRACKING_URI="https://mlflow.example.com/", MLFLOW_TRACKING_TOKEN="t0k3n-secret")
    assert connections.names == {"mlflow"}
    mlflow = one(connections, "mlflow")
    assert (mlflow.base_urls, mlflow.methods) == (("https://mlflow.example.com",), ("GET",))
    assert mlflow.headers == (("Authorization", "Bearer t0k3n-secret"),)
    with pytest.raises(Unusable, match="only reads"):
        connections.preview(AliasMove(to="7"), {"model.name": "ranker"}, None)


def test_without_anything_there_is_no_connection(connect: Connect) -> None:
    assert connect().names == frozenset()


def test_each_kind_is_read_with_its_defaults(connect: Connect) -> None:
    connections = connect(
        """
        connections:
          serving:
            kind: serving
            base_url: [https://a.example.com:8080, "http://b.example.com/api/"]
            version: {path: "/v1/{model.name}", pointer: /version}
          mlflow: {kind: mlflow, methods: [GET, POST], serving_alias: live, blocked_tag: bad}
          prometheus: {kind: prometheus, base_url: https://prometheus.example.com/prom}
          flags: {kind: http, base_url: https://flags.example.com, methods: PUT, paths: /flags, timeout: 30s}
        """,
        MLFLOW_TRACKING_URI="https://bot:p%40ss@mlflow.example.com",
        ML_INCIDENT_MLFLOW_TAG_PREFIX="acme.",
    )
    serving, mlflow, flags = (one(connections, name) for name in ("serving", "mlflow", "flags"))
    assert serving.base_urls == ("https://a.example.com:8080", "http://b.example.com/api")
    assert (serving.methods, serving.paths, serving.timeout_s) == (("GET",), ("/",), 5.0)
    assert (mlflow.serving_alias, mlflow.blocked_tag) == ("live", "acme.bad")
    assert mlflow.base_urls == ("https://mlflow.example.com",)
    assert mlflow.headers == (("Authorization", "Basic Ym90OnBAc3M="),), "bot:p@ss"
    assert (flags.methods, flags.paths, flags.timeout_s) == (("PUT",), ("/flags",), 30.0)
    assert connections.names == {"serving", "mlflow", "prometheus", "flags"}
    assert connections.patience_s == 120


def test_another_mlflow_gets_none_of_the_credentials_of_the_first(connect: Connect) -> None:
    connections = connect(
        "connections: {mlflow: {kind: mlflow, base_url: 'https://other.example.com'}, eu: {kind: mlflow}}",
        MLFLOW_TRACKING_URI="https://mlflow.example.com",
        MLFLOW_TRACKING_USERNAME="bot",
        MLFLOW_TRACKING_PASSWORD="s3cret-word",
    )
    assert one(connections, "mlflow").headers == ()
    assert one(connections, "eu").headers


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ("{bearer: {env: A_SECRET}}", ("Authorization", "Bearer hunter2hunter2")),
        ("{basic: {username: bot, password: {env: A_SECRET}}}", ("Authorization", "Basic Ym90Omh1bnRlcjJodW50ZXIy")),
        ("{header: {name: X-Api-Key, value: {env: A_SECRET}}}", ("X-Api-Key", "hunter2hunter2")),
    ],
)
def test_secrets_come_from_the_environment_and_show_nowhere(
    connect: Connect, auth: str, header: tuple[str, str]
) -> None:
    connections = connect(
        f"connections: {{x: {{kind: http, base_url: 'https://x.example.com', auth: {auth}}}}}",
        A_SECRET=" hunter2hunter2\n",
    )
    assert one(connections, "x").headers == (header,)
    assert "hunter2" not in repr(one(connections, "x"))
    assert "Ym90" not in repr(one(connections, "x"))
    assert connections.blot(f"it said {header[1].split()[-1]} and hunter2hunter2") == "it said [secret] and [secret]"


def test_secrets_come_from_the_env_file_too_and_the_environment_wins(connect: Connect, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A_SECRET=from-the-file\nB_SECRET=from-the-file\n", "utf-8")
    text = "connections: {%s: {kind: http, base_url: 'https://x.example.com', auth: {bearer: {env: %s}}}}"
    assert one(connect(text % ("a", "A_SECRET")), "a").headers[0][1] == "Bearer from-the-file"
    assert one(connect(text % ("b", "B_SECRET"), B_SECRET="from-outside"), "b").headers[0][1] == "Bearer from-outside"


def test_logs_blot_out_every_secret_that_the_file_names_even_where_the_file_is_broken(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = faults(
        connect,
        "connections: {x: {kind: htp, auth: {basic: {password: {env: A_SECRET}}}}, y: {auth: [{env: B_SECRET}]}}",
        A_SECRET="hunter2hunter2",
        B_SECRET="correct-horse",
    )
    assert said
    formatter = Blotting(secrets=read_settings().secrets())
    record = logging.LogRecord("x", logging.INFO, "x", 1, "sent hunter2hunter2 and correct-horse", None, None)
    assert "hunter2" not in formatter.format(record)
    assert "correct-horse" not in formatter.format(record)


def test_a_secret_that_is_not_set_makes_its_connection_unusable_and_no_other(connect: Connect) -> None:
    connections = connect(
        """
        connections:
          a: {kind: http, base_url: "https://a.example.com", auth: {bearer: {env: NOT_SET_ANYWHERE}}}
          b: {kind: http, base_url: "https://b.example.com"}
          c: {kind: http, base_url: "https://c.example.com", auth: {bearer: {env: STRANGE}}}
        """,
        STRANGE="schlüssel",
    )
    call = HttpCall(connection="a", path="/")
    with pytest.raises(Unusable, match="set NOT_SET_ANYWHERE where the bot runs"):
        connections.preview(call, {}, None)
    answer = connections.ask(call, {})
    assert answer.passed is None
    assert answer.problem == (
        "The connection a cannot be used: set NOT_SET_ANYWHERE where the bot runs, then start it again."
    )
    assert connections.preview(HttpCall(connection="b", path="/"), {}, None).path == "/"
    with pytest.raises(Unusable, match="STRANGE holds characters that no header may hold"):
        connections.preview(HttpCall(connection="c", path="/"), {}, None)


FAULTY = """\
connections:
  Serving: {kind: http, base_url: "https://x.example.com"}
  a: {kind: servng, base_url: "https://x.example.com"}
  b: {kind: http, base_url: ftp://x.example.com}
  c: {kind: http, base_url: "https://bot:hunter2@x.example.com"}
  d: {kind: http, base_url: "https://x.example.com?a=b"}
  e: {kind: http, base_url: "https://x.example.com", methods: [FETCH]}
  f: {kind: http, base_url: "https://x.example.com", paths: [flags]}
  g: {kind: http, base_url: "https://x.example.com", timeout: 31s}
  h: {kind: http, base_url: "https://x.example.com", auth: {bearer: hunter2}}
  i: {kind: http, base_url: "https://x.example.com", auth: {bearer: {env: "hunter2-is-no-name"}}}
  j: {kind: http, base_url: "https://x.example.com", auth: {}}
  k: {kind: http, base_url: "https://x.example.com", ca: nowhere.pem}
  l: {kind: serving, base_url: "https://x.example.com"}
  m: {kind: http, base_url: "https://x.example.com", methodz: [GET]}
  mlflow: {kind: http, base_url: "https://x.example.com"}
  n: {kind: mlflow}
  o: {base_url: "https://x.example.com"}
  p: {kind: prometheus, base_url: ["https://x.example.com"]}
  q: {kind: http, base_url: "https://x.example.com", auth: {header: {name: Host, value: {env: X}}}}
  r: {kind: http, base_url: []}
  s: 7
"""


def test_every_fault_is_told_at_once_with_its_place_and_without_a_secret(connect: Connect) -> None:
    said = faults(connect, FAULTY)
    assert all(line.startswith("connections.yaml:") for line in said)
    assert "hunter2" not in "\n".join(said)
    places = [int(line.split(":")[1]) for line in said]
    # Faults that only the whole file shows come once each entry can be read.
    assert places == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 18, 19, 20, 21, 22]
    whole = "\n".join(said)
    for words in (
        "connections.yaml:3:13: connections.a.kind: “servng” is not allowed here; did you mean “serving”?",
        "connections.c.base_url: must not hold a user name or password; write them under auth.",
        "did you mean “methods”?",
        "connections.o: needs a kind: http, mlflow, prometheus, serving.",
        "connections.g.timeout: is at most 30s",
        "connections.h.auth.bearer: a secret does not stand in this file",
        "connections.l.version: is missing.",
    ):
        assert words in whole


def test_faults_between_fields_are_told_too(connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing", "utf-8")
    said = faults(
        connect,
        """\
        connections:
          mlflow: {kind: http, base_url: "https://x.example.com"}
          eu: {kind: mlflow}
          k: {kind: http, base_url: "https://x.example.com", ca: nowhere.pem}
          l: {kind: http, base_url: "https://x.example.com", ca: ca.pem}
        """,
    )
    assert [line.removeprefix("connections.yaml:") for line in said] == [
        "2:18: connections.mlflow.kind: playbooks take mlflow to be of kind mlflow; give this another name.",
        "3:7: connections.eu.base_url: is missing, and MLFLOW_TRACKING_URI is not set either.",
        "4:58: connections.k.ca: names nowhere.pem, which is not a file.",
        "5:58: connections.l.ca: names ca.pem, which holds no certificate that can be read (PEM is expected).",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "connections: [",
        "{}",
        "- a",
        "connections: {a: &x {b: *x}}",
        "\x00",
        "connections:\n  a: !!python/x",
        "connections: {a: {kind: http, base_url: 'https://a.example.com', base_url: 'https://b.example.com'}}",
    ],
)
def test_whatever_the_file_holds_is_told_as_a_fault(connect: Connect, text: str) -> None:
    assert faults(connect, text)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("http://[::1]:8080/x/", "http://[::1]:8080/x"),
        ("https://models.example.com:443", "https://models.example.com"),
        ("HTTPS://Models.Example.com/A b", "https://models.example.com/A%20b"),
        ("https://żółta.example.com", "https://żółta.example.com"),
    ],
)
def test_addresses_are_read_as_they_are_meant(connect: Connect, written: str, read: str) -> None:
    assert one(connect(f"connections: {{x: {{kind: http, base_url: '{written}'}}}}"), "x").base_urls == (read,)


def test_an_address_of_mlflow_that_is_none_leaves_the_bot_running(connect: Connect) -> None:
    connections = connect(MLFLOW_TRACKING_URI="http://[::1")
    with pytest.raises(Unusable, match="MLFLOW_TRACKING_URI is not a web address"):
        connections.preview(HttpCall(connection="mlflow", path="/"), {}, None)
