"""Facts fill in a request without changing anything but the value that they stand for."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.asking import Expected, HttpCall, Request
from playbooks.filling import Unfilled, fill_expected, fill_path, fill_pointer, fill_promql, fill_request

VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text.strip())
NASTY = st.lists(
    st.sampled_from(["/", "\\", "..", ".", "%2e", "%2F", "%", "?", "#", "&", "=", " ", "\n", "\0", ";", "é", "a"])
).map("".join)
ANY = (VALUES | NASTY).filter(lambda text: text.strip() not in {"", "UNKNOWN"})
DOTS = re.compile(r"(^|[/\\;])\.{1,2}($|[/\\;])")


def climbs(value: str) -> bool:
    """Whether some server would take a part of it for this folder or the one above, decoding as often as it likes."""
    while (decoded := unquote(value)) != value:
        value = decoded
    return DOTS.search(value) is not None


@given(model=ANY, word=ANY)
def test_no_fact_changes_the_structure_of_a_path_or_the_keys_of_its_query(model: str, word: str) -> None:
    facts = {"model.name": model, "vars.word": word}
    asked = Request(path="/v1/{model.name}/x-{vars.word}/end", query={"q": "{vars.word}", "n": "is {model.name}"})
    try:
        filled = fill_request(asked, facts)
    except Unfilled:
        assert climbs(model.strip()) or climbs(f"x-{word.strip()}")
        return
    parts = urlsplit(filled.path)
    segments = parts.path.split("/")
    assert [len(segments), segments[1], segments[4]] == [5, "v1", "end"]
    assert unquote(segments[2]) == model.strip()
    assert unquote(segments[3]) == f"x-{word.strip()}"
    assert parts.query.count("=") == 2
    assert [pair.split("=")[0] for pair in parts.query.split("&")] == ["q", "n"]
    assert [unquote(pair.split("=")[1]) for pair in parts.query.split("&")] == [word.strip(), f"is {model.strip()}"]
    # And the client sends it letter for letter.
    assert httpx.URL(f"http://host/base{filled.path}").raw_path == f"/base{filled.path}".encode("ascii")


@pytest.mark.parametrize(
    "value", ["..", ".", "../admin", "a/../../b", "..\\b", "%2e%2e", "%252e%252e%252f", "a/%2e%2e/b", "..;/x", "./x"]
)
def test_a_fact_that_would_climb_out_of_its_path_is_refused(value: str) -> None:
    with pytest.raises(Unfilled, match="another place"):
        fill_path("/flags/{vars.flag}", {"vars.flag": value})


@pytest.mark.parametrize("value", ["org/model", "50% off & more? #1", "a..b", "...", "価格", "v1.2", "a;b"])
def test_what_only_looks_strange_is_sent(value: str) -> None:
    filled = fill_path("/flags/{vars.flag}", {"vars.flag": value})
    assert unquote(filled.removeprefix("/flags/")) == value
    assert filled.count("/") == 2


def test_two_facts_that_make_dots_together_are_refused_too() -> None:
    with pytest.raises(Unfilled):
        fill_path("/a/{vars.x}{vars.y}/b", {"vars.x": ".", "vars.y": "."})


def test_what_the_author_wrote_is_encoded_and_what_is_encoded_stays() -> None:
    assert fill_path("/a b/ü/%2F/{x y}/é", {}) == "/a%20b/%C3%BC/%2F/%7Bx%20y%7D/%C3%A9"
    with pytest.raises(Unfilled, match="%25"):
        fill_path("/50%/x", {})
    with pytest.raises(Unfilled, match="another place"):
        fill_path("/a/%2e%2E/b", {})


@pytest.mark.parametrize("facts", [{}, {"model.name": ""}, {"model.name": "  "}, {"model.name": "UNKNOWN"}])
def test_nothing_is_made_of_what_is_unknown(facts: dict[str, str]) -> None:
    for request in (
        Request(path="/{model.name}"),
        Request(path="/x", query={"q": "{model.name}"}),
        Request(path="/x", body={"deep": [{"q": "is {model.name}"}]}),
    ):
        with pytest.raises(Unfilled, match=r"\{model.name\} is not known yet"):
            fill_request(request, facts)
    with pytest.raises(Unfilled):
        fill_promql('up{m="{model.name}"}', facts)
    with pytest.raises(Unfilled):
        fill_expected(Expected(value="{model.name}"), facts)


@given(value=ANY)
def test_in_a_body_a_fact_stays_one_text(value: str) -> None:
    asked = Request(
        method="POST", path="/x", body={"a": "{vars.v}", "b": {"c": [1, True, None, "x {vars.v} y"]}, "{vars.v}": 1}
    )
    body = fill_request(asked, {"vars.v": value}).body
    assert body is not None
    assert json.loads(body) == {"a": value.strip(), "b": {"c": [1, True, None, f"x {value.strip()} y"]}, "{vars.v}": 1}


def test_a_value_from_before_goes_back_as_what_it_was() -> None:
    asked = Request(method="PUT", path="/x", body={"on": "{before}", "note": "was {before}"})
    body = fill_request(asked, {"before": "true"}, typed={"before": True}).body
    assert json.loads(body or "") == {"on": True, "note": "was true"}


def read_promql(text: str) -> str:
    """What a string literal of PromQL means, after the rules of its lexer (those of Go)."""
    quote, inside = text[0], text[1:-1]
    assert text[-1] == quote
    if quote == "`":
        assert "`" not in inside
        return inside
    found, at = "", 0
    while at < len(inside):
        letter = inside[at]
        assert letter not in (quote, "\n")
        if letter == "\\":
            at += 1
            letter = {"n": "\n", "r": "\r", "\\": "\\", quote: quote}[inside[at]]
        found += letter
        at += 1
    return found


@given(value=ANY, quote=st.sampled_from("\"'`"))
def test_in_promql_a_fact_stays_within_its_quotes(value: str, quote: str) -> None:
    try:
        query = fill_promql(f"up{{m={quote}{{vars.v}}{quote}}} > 1", {"vars.v": value})
    except Unfilled:
        assert quote == "`"
        assert "`" in value
        return
    assert query.startswith("up{m=")
    assert query.endswith("} > 1")
    assert read_promql(query.removeprefix("up{m=").removesuffix("} > 1")) == value.strip()


@pytest.mark.parametrize(
    "query",
    [
        "rate(x[{vars.v}])",
        '{vars.v}{a="b"}',
        'up{a="b"} > {vars.v}',
        "up{a='\"'} > {vars.v} # '",
        'up # "\n > {vars.v}',
    ],
)
def test_outside_of_quotes_no_fact_stands_in_promql(query: str) -> None:
    with pytest.raises(Unfilled, match="inside quotes"):
        fill_promql(query, {"vars.v": "1"})


def test_an_escaped_quote_does_not_end_the_quotes_in_promql() -> None:
    assert fill_promql('up{a="\\"} {vars.v}"}', {"vars.v": 'x"'}) == 'up{a="\\"} x\\""}'


def test_a_pointer_takes_a_fact_as_one_name() -> None:
    assert fill_pointer("/flags/{vars.v}/on", {"vars.v": "a/b~c"}) == "/flags/a~1b~0c/on"


def test_what_is_expected_is_filled_in_too() -> None:
    facts = {"vars.good": "7"}
    assert fill_expected(Expected(value="{vars.good}"), facts).value == "7"
    assert fill_expected(Expected(op="one-of", value=("{vars.good}", "8")), facts).value == ("7", "8")
    call = HttpCall.model_validate(
        {"connection": "x", "path": "/", "expect": {"pointer": "/v", "value": "{vars.good}"}}
    )
    assert fill_expected(call.expect, facts).pointer == "/v"


def test_a_request_has_an_end() -> None:
    with pytest.raises(Unfilled, match="longer than"):
        fill_path("/{vars.v}", {"vars.v": "x" * 5_000})
    with pytest.raises(Unfilled, match="longer than"):
        fill_request(Request(method="POST", path="/", body={"a": "{vars.v}"}), {"vars.v": "é" * 40_000})


def test_keys_of_a_query_are_encoded_and_never_filled() -> None:
    asked = Request(path="/x", query={"a b&c": "1", "{vars.v}": "2"})
    filled = fill_request(asked, {"vars.v": "nothing"})
    assert parse_qsl(urlsplit(filled.path).query) == [("a b&c", "1"), ("{vars.v}", "2")]
