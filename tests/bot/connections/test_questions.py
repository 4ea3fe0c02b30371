"""What checks ask of MLflow, of every replica of an endpoint, and of Prometheus."""

from __future__ import annotations

from typing import Any

import pytest

from bot.connections import Answer, Connections
from playbooks.asking import AliasCheck, Expected, HttpCall, PrometheusCheck, ServingCheck
from tests.bot.connections.conftest import Connect, Serving
from tests.bot.connections.registry import API, Registry
from tests.bot.connections.service import Told

FACTS = {"model.name": "ranker", "vars.last_good": "7"}
GOOD = Expected(value="{vars.last_good}")


# --- MLflow ---


def alias(connections: Connections, expect: Expected = GOOD, **fields: str) -> Answer:
    return connections.ask(AliasCheck(expect=expect, **fields), FACTS)


def test_the_alias_of_the_model_is_read_where_it_points_now(connect: Connect, service: Serving) -> None:
    registry = Registry(champion="7")
    one = service(registry)
    connections = connect(MLFLOW_TRACKING_URI=f"{one.url}/")
    assert alias(connections) == Answer(passed=True, got="7", said="The alias champion of ranker is 7, as expected.")
    assert one.sent == [f"GET {API}/registered-models/alias?name=ranker&alias=champion"]
    registry.aliases["champion"] = "8"
    assert alias(connections) == Answer(
        passed=False, got="8", said="The alias champion of ranker is 8, and should be 7."
    )


def test_an_alias_that_is_not_there_is_no_fault_of_the_server(connect: Connect, service: Serving) -> None:
    connections = connect(MLFLOW_TRACKING_URI=service(Registry()).url)
    answer = alias(connections, alias="rollback")
    assert answer.passed is False
    assert answer.said == "The alias rollback of ranker is not there."
    assert alias(connections, Expected(op="absent"), alias="rollback").passed


def test_a_model_that_mlflow_does_not_know_is_asked_for_by_hand(connect: Connect, service: Serving) -> None:
    answer = alias(connect(MLFLOW_TRACKING_URI=service(Registry()).url), model="rankr")
    assert answer.passed is None
    assert "knows nothing of that name" in str(answer.problem)


def test_the_operators_alias_is_the_one_that_is_meant_where_a_playbook_names_none(
    connect: Connect, service: Serving
) -> None:
    registry = Registry()
    registry.aliases["live"] = "7"
    one = service(registry)
    connections = connect(f"connections: {{mlflow: {{kind: mlflow, base_url: '{one.url}', serving_alias: live}}}}")
    assert alias(connections).passed


def test_names_are_encoded_as_one_parameter(connect: Connect, service: Serving) -> None:
    name = "価格 & modèle?#1"
    one = service(Registry(name, champion="7"))
    assert alias(connect(MLFLOW_TRACKING_URI=one.url), model=name).passed


@pytest.mark.parametrize(
    ("told", "do"),
    [
        (Told(b"You are not authenticated", status=401), "does not accept the bot's credentials"),
        (Told(b"Permission denied", status=403), "Give it READ on the model"),
        (Told(b"Invalid Host header - possible DNS rebinding", status=403), "--allowed-hosts"),
        (Told(b"<title>404</title>", status=404), "without /api"),
        (Told(b"", status=302, headers={"Location": "https://login.example.com"}), "log-in page"),
        (Told(b"<html>Sign in</html>"), "something else than data"),
        (Told([]), "something else than data"),
        (Told({}), "something else than data"),
        (Told({"model_version": []}), "something else than data"),
        (Told(b"", status=429), "fewer questions"),
        (Told(b"", status=500), "failed (HTTP 500)"),
        (
            Told({"error_code": "INVALID_PARAMETER_VALUE", "message": "Bad name 'x'."}, status=400),
            "refused the question (HTTP 400: Bad name 'x').",
        ),
    ],
)
def test_each_refusal_of_mlflow_becomes_a_sentence_that_says_what_to_do(
    connect: Connect, service: Serving, told: Told, do: str
) -> None:
    one = service(lambda asked: told)
    answer = alias(connect(MLFLOW_TRACKING_URI=one.url))
    assert answer.passed is None
    assert answer.problem == answer.said
    assert do in str(answer.problem)
    assert str(answer.problem).startswith("mlflow ")
    assert "127.0.0.1" not in str(answer.problem)


# --- every replica of an endpoint ---


def replicas(connect: Connect, *urls: str, pointer: str = ", pointer: /version") -> Connections:
    listed = ", ".join(f"'{url}'" for url in urls)
    return connect(
        f"""
        connections:
          serving:
            kind: serving
            base_url: [{listed}]
            version: {{path: "/v1/models/{{model.name}}"{pointer}}}
        """
    )


def serving(connections: Connections, **fields: Any) -> Answer:
    return connections.ask(ServingCheck(expect=GOOD, **fields), FACTS)


def test_one_endpoint_says_which_version_it_serves(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told({"version": 7}))
    assert serving(replicas(connect, one.url)) == Answer(passed=True, got="7", said="Serving now: 7, as expected.")
    assert one.sent == ["GET /v1/models/ranker"]


def test_all_replicas_must_agree_and_are_told_apart_by_number(connect: Connect, service: Serving) -> None:
    urls = [service(lambda asked, version=version: Told({"version": version})).url for version in ("7", "8", "7")]
    answer = serving(replicas(connect, *urls))
    assert answer == Answer(
        passed=False,
        got="7 (2 of 3), 8 (replica 2)",
        said="Serving now: 7 (2 of 3), 8 (replica 2). It is 8, and should be 7.",
    )
    assert serving(replicas(connect, urls[0], urls[2])).got == "7 (2 of 2)"


def test_a_plain_question_to_several_replicas_is_asked_of_each(connect: Connect, service: Serving) -> None:
    well, unwell, down = (
        service(lambda asked: Told({"ok": True})),
        service(lambda asked: Told({"ok": False})),
        service(lambda asked: None),
    )
    asked = HttpCall.model_validate(
        {"connection": "serving", "path": "/health", "expect": {"pointer": "/ok", "value": "true"}}
    )
    assert replicas(connect, well.url, well.url).ask(asked, FACTS).passed is True
    answer = replicas(connect, well.url, down.url, unwell.url).ask(asked, FACTS)
    assert answer.passed is False
    assert answer.said == "Replica 3: What stands at /ok is false, and should be true."
    answer = replicas(connect, well.url, down.url).ask(asked, FACTS)
    assert answer.passed is None
    assert str(answer.problem).startswith("serving (replica 2) cannot be reached")


def test_what_many_replicas_say_is_cut_to_what_people_read(connect: Connect, service: Serving) -> None:
    urls = [service(lambda asked, at=at: Told({"version": f"{at}-" * 100})).url for at in range(9)]
    answer = serving(replicas(connect, *urls))
    assert answer.passed is False
    assert len(answer.got) <= 300
    assert len(answer.said) < 600


def test_a_replica_that_does_not_answer_leaves_it_open_unless_another_one_is_wrong(
    connect: Connect, service: Serving
) -> None:
    good, bad = (service(lambda asked, version=version: Told({"version": version})) for version in ("7", "8"))
    down = service(lambda asked: None)
    answer = serving(replicas(connect, good.url, down.url, good.url))
    assert answer.passed is None
    assert answer.got == "7 (2 of 3), no answer (replica 2)"
    assert str(answer.problem).startswith("serving (replica 2) cannot be reached")
    assert serving(replicas(connect, good.url, down.url, bad.url)).passed is False


@pytest.mark.parametrize(
    "told",
    [
        Told({"version": None}),
        Told({"version": {"a": 1}}),
        Told({"version": " "}),
        Told({"version": True}),
        Told({}),
        Told(b"7"),
    ],
)
def test_an_endpoint_that_reports_no_version_leaves_it_open(connect: Connect, service: Serving, told: Told) -> None:
    one = service(lambda asked: told)
    answer = serving(replicas(connect, one.url))
    assert answer.passed is None
    assert answer.problem == "serving reports no version at /version."


def test_an_endpoint_that_fails_leaves_it_open(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told({"version": "7"}, status=500))
    assert serving(replicas(connect, one.url)).problem == "serving answered 500, and no version."


def test_a_version_is_compared_letter_for_letter_and_may_be_plain_text(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told(b"1.10\n"))
    connections = replicas(connect, one.url, pointer="")
    assert connections.ask(ServingCheck(expect=Expected(value="1.10")), FACTS).passed
    assert connections.ask(ServingCheck(expect=Expected(value="1.1")), FACTS).passed is False


def test_another_model_than_the_incidents_can_be_asked_for(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told({"version": "7"}))
    serving(replicas(connect, one.url), model="other/../x y")
    assert one.asked == []
    serving(replicas(connect, one.url), model="other x")
    assert one.sent == ["GET /v1/models/other%20x"]


# --- Prometheus ---


def prometheus(connect: Connect, url: str) -> Connections:
    return connect(f"connections: {{prometheus: {{kind: prometheus, base_url: '{url}/prom'}}}}")


def number(
    connections: Connections, query: str = "up", *, expect: Expected | None = None, facts: dict[str, str] | None = None
) -> Answer:
    return connections.ask(
        PrometheusCheck(query=query, expect=expect or Expected(op="at-most", value="0.01")), facts or FACTS
    )


def vector(*values: str) -> Told:
    rows = [{"metric": {"pod": str(at)}, "value": [1795185422.1, value]} for at, value in enumerate(values)]
    return Told({"status": "success", "data": {"resultType": "vector", "result": rows}})


def test_a_query_gives_one_number(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: vector("0.0042"))
    query = 'sum(rate(errors{model="{model.name}"}[5m]))'
    answer = number(prometheus(connect, one.url), query, facts={"model.name": 'a"} or b & c'})
    assert answer == Answer(passed=True, got="0.0042", said="The number is 0.0042, as expected.")
    escaped = "sum%28rate%28errors%7Bmodel%3D%22a%5C%22%7D%20or%20b%20%26%20c%22%7D%5B5m%5D%29%29"
    assert one.sent == [f"GET /prom/api/v1/query?query={escaped}"]


@pytest.mark.parametrize(
    ("value", "passed"),
    [("0.01", True), ("1e-3", True), ("0.011", False), ("-1", True), ("+Inf", False), ("-Inf", True)],
)
def test_numbers_are_compared_as_numbers(connect: Connect, service: Serving, value: str, passed: bool) -> None:
    one = service(lambda asked: vector(value))
    answer = number(prometheus(connect, one.url))
    assert answer.passed is passed
    assert "no number" not in answer.said


def test_a_scalar_is_a_number_too(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told({"status": "success", "data": {"resultType": "scalar", "result": [1, "0"]}}))
    assert number(prometheus(connect, one.url)).passed


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (vector(), "gives nothing"),
        (vector("1", "2"), "gives 2 numbers: make it one, for example with sum(…)"),
        (vector("NaN"), "gives NaN"),
        (vector("soon"), "gives no number"),
        (Told({"status": "success", "data": {"resultType": "matrix", "result": [{"values": []}]}}), "gives no number"),
        (Told({"status": "success", "data": {"resultType": "vector", "result": [7]}}), "gives no number"),
        (Told({"status": "success"}), "gives no number"),
        (
            Told({"status": "error", "errorType": "bad_data", "error": "parse error: unexpected }."}, status=400),
            "gave no number (parse error: unexpected })",
        ),
        (Told({"status": "error", "error": "timed out"}, status=503), "gave no number (timed out)"),
        (Told(b"<html>"), "gave no number (HTTP 200)"),
        (Told(b"", status=401), "Check its auth"),
        (Told(b"", status=302), "another address"),
    ],
)
def test_whatever_is_not_one_number_is_no_answer(connect: Connect, service: Serving, told: Told, why: str) -> None:
    one = service(lambda asked: told)
    answer = number(prometheus(connect, one.url))
    assert answer.passed is None
    assert why in str(answer.problem)


def test_that_there_is_no_number_can_be_what_is_asked(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: vector())
    assert number(prometheus(connect, one.url), expect=Expected(op="absent")).passed is True
    assert number(prometheus(connect, one.url), expect=Expected(op="exists")).passed is False


def test_nothing_is_asked_with_a_word_that_is_unknown(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: vector("0"))
    answer = number(prometheus(connect, one.url), 'up{m="{vars.nobody}"}')
    assert answer.passed is None
    assert answer.problem == (
        "{vars.nobody} is not known yet, so nothing was sent; do this step by hand, or find it out first."
    )
    assert one.asked == []


def test_a_question_to_a_connection_of_another_kind_is_not_asked(connect: Connect, service: Serving) -> None:
    one = service()
    answer = prometheus(connect, one.url).ask(AliasCheck(connection="prometheus", expect=GOOD), FACTS)
    assert answer.problem == "The connection prometheus is of kind prometheus, not mlflow; mend the playbook."
    assert one.asked == []
