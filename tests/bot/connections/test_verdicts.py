"""What comes back is judged as the playbook's author meant it, whatever it is."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.asking import Expected, HttpExpected
from playbooks.verdicts import MISSING, find, judge

BODY = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}
"""The example of RFC 6901, section 5."""


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", BODY),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_pointers_find_what_their_standard_says(pointer: str, value: object) -> None:
    assert find(BODY, pointer) == value


@pytest.mark.parametrize(
    "pointer", ["/nothing", "/foo/2", "/foo/-", "/foo/01", "/foo/-1", "/foo/bar", "/a~1b/c", "/foo/0/0"]
)
def test_what_a_pointer_does_not_find_is_missing(pointer: str) -> None:
    assert find(BODY, pointer) is MISSING


def test_a_tilde_and_a_one_are_not_read_as_a_slash() -> None:
    assert find({"~1": "yes"}, "/~01") == "yes"


@pytest.mark.parametrize(
    ("op", "value", "got", "passed"),
    [
        ("equals", "7", "7", True),
        ("equals", "7", 7, True),
        ("equals", "7", Decimal("7.0"), True),
        ("equals", "1.1", "1.10", False),  # versions are text
        ("equals", "1.1", Decimal("1.10"), True),  # numbers are numbers
        ("equals", "true", True, True),
        ("equals", "1", True, False),
        ("equals", "null", None, True),
        ("equals", "a", ["a"], False),
        ("equals", "a list of 1 item", ["a"], False),
        ("not-equals", "7", 8, True),
        ("not-equals", "7", 7, False),
        ("one-of", ("6", "7"), 7, True),
        ("one-of", ("6", "7"), "8", False),
        ("at-least", "10", 9, False),
        ("at-least", "10", "10", True),  # some services write numbers as text
        ("at-most", "0.01", Decimal("0.0100"), True),
        ("at-most", "0.01", Decimal("0.011"), False),
        ("more-than", "9", "10", True),
        ("more-than", "9", 9, False),
        ("less-than", "-1", Decimal("-1.5"), True),
        ("less-than", "5", "Inf", False),
        ("less-than", "5", "soon", False),
        ("at-most", "many", 5, False),
        ("contains", "ok", "all ok", True),
        ("contains", "7", [6, 7], True),
        ("contains", "7", {"7": 1}, True),
        ("contains", "8", [6, 7], False),
        ("exists", None, None, True),
        ("exists", None, MISSING, False),
        ("absent", None, MISSING, True),
        ("absent", None, 0, False),
        ("equals", "7", MISSING, False),
        ("equals", None, "7", False),
    ],
)
def test_each_comparison_holds_for_what_it_says(op: Any, value: Any, got: object, passed: bool) -> None:
    assert judge(Expected(op=op, value=value), got).passed is passed


def test_the_sentence_says_what_it_is_and_what_it_should_be() -> None:
    assert judge(Expected(value="7"), "9", what="The alias").said == "The alias is 9, and should be 7."
    assert judge(Expected(op="at-most", value="0.01"), Decimal("0.2")).said == "It is 0.2, and should be at most 0.01."
    assert judge(Expected(op="one-of", value=("a", "b")), "c").said == "It is c, and should be a or b."
    assert judge(Expected(op="less-than", value="5"), "soon").said == (
        "It is soon: that is no number, so it cannot be less than 5."
    )
    assert judge(Expected(value="7"), "7").said == "It is 7, as expected."
    assert judge(HttpExpected(pointer="/a", value="1"), {}).said == "What stands at /a is not there."
    assert judge(HttpExpected(), {}, status=503).said == "The answer was 503, not 200."
    assert judge(HttpExpected(pointer="/a", value="1"), {"a": {"b": 1}}).got == "an object with 1 field"


def test_a_value_is_shown_on_one_line() -> None:
    assert judge(Expected(value="7"), "two\n lines").got == "two lines"


def test_a_long_value_leaves_room_for_what_it_should_be() -> None:
    verdict = judge(Expected(value="7"), "x" * 1000)
    assert verdict.said.endswith("…, and should be 7.")
    assert (len(verdict.got), len(verdict.said) < 200) == (300, True)


def test_the_status_is_looked_at_before_the_value() -> None:
    expected = HttpExpected(status=202, pointer="/a", value="1")
    assert not judge(expected, {"a": 1}, status=200).passed
    assert judge(expected, {"a": 1}, status=202).passed
    assert judge(HttpExpected(status=404), "gone", status=404).passed


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
OPS = st.sampled_from(
    ["equals", "not-equals", "one-of", "at-least", "at-most", "more-than", "less-than", "contains", "exists", "absent"]
)


@given(
    body=ANYTHING, op=OPS, value=st.text(max_size=20) | st.none(), pointer=st.sampled_from([None, "", "/0", "/a/~0"])
)
def test_no_answer_is_so_strange_that_judging_it_fails(body: Any, op: Any, value: Any, pointer: str | None) -> None:
    verdict = judge(HttpExpected(op=op, value=value, pointer=pointer), body, status=200)
    assert len(verdict.got) <= 300
    assert "\n" not in verdict.said


@given(ANYTHING)
def test_every_value_of_a_document_is_found_by_its_pointer(body: Any) -> None:
    body = json.loads(json.dumps(body))

    def walk(value: Any, pointer: str) -> None:
        found = find(body, pointer)
        assert json.dumps(found) == json.dumps(value)
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
        elif isinstance(value, list):
            for at, inner in enumerate(value):
                walk(inner, f"{pointer}/{at}")

    walk(body, "")
