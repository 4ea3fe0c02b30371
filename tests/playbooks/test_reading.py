"""YAML from strangers: limits, positions and no tracebacks."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks import parsing
from playbooks.faults import Fault
from playbooks.load import PlaybookBroken, parse_playbook
from playbooks.policy import PolicyBroken, parse_policy
from playbooks.reading import Limits, read_yaml

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("on", "on"), ("12:30", "12:30"), ("0123", "0123"), ("1.10", 1.1), ("'1.10'", "1.10"),
        ("true", True), ("~", None), ("", None), ("-3", -3), ("2026-11-20", "2026-11-20"), ("1_000", "1_000"),
        (".inf", ".inf"), ("9" * 40, "9" * 40), ("1e3", 1000.0), ("0x1F", "0x1F"), ("NO", "NO"),
    ],
)  # fmt: skip
def test_plain_words_mean_what_they_say(text: str, value: object) -> None:
    read = read_yaml(f"a: {text}", "f.yaml")
    assert read.data == {"a": value}
    assert read.faults == []


def test_every_value_knows_its_line_and_column() -> None:
    read = read_yaml("a: 1\nb:\n  - c: x\n    d: y\n", "f.yaml")
    assert read.places["b", 0, "d"] == (4, 8)
    assert read.keys["b", 0, "d"] == (4, 5)
    assert str(read.fault(("b", 0, "d"), "is odd.")) == "f.yaml:4:8: b[0].d: is odd."
    assert read.fault(("b", 0, "nothing", "here"), "is missing.").line == 3


def test_a_billion_laughs_is_refused_quickly() -> None:
    started = time.perf_counter()
    read = read_yaml(LAUGHS, "f.yaml")
    assert read.data is None
    assert "values" in read.faults[0].message
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 5000, "nested"),
        ("a: &x [*x]", "contains it"),
        ("a: *nobody", "nothing above"),
        ("a: 1\na: 2", "twice"),
        ("a: 1\n---\nb: 2", "second document"),
        ("a: !!python/object:os.system x", "not allowed"),
        ("a: b: c", "quotes"),
        ("a: [1", "not YAML"),
        ("? [a, b]\n: 1", "plain word"),
        (b"\xff\xfe\x00", "UTF-8"),
        ("a: \x00", "not YAML"),
        ("x" * 2_000_000, "larger"),
    ],
)
def test_a_hostile_file_is_a_fault_and_not_a_traceback(text: str | bytes, said: str) -> None:
    faults = read_yaml(text, "f.yaml").faults
    assert any(said in fault.message for fault in faults), faults


@pytest.mark.parametrize("parser", ["libyaml", "ruamel"])
def test_a_folded_text_holds_spaces_where_its_lines_end(parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if parser == "ruamel":
        monkeypatch.setattr(parsing, "CParser", None)
    read = read_yaml("a: >-\n  one\n  two\nb: |-\n  • one\n  • two\n", "f.yaml")
    assert read.data == {"a": "one two", "b": "• one\n• two"}


def test_an_alias_that_repeats_a_value_is_fine() -> None:
    read = read_yaml("a: &people [ana, lee]\nb: *people\n", "f.yaml")
    assert read.data == {"a": ["ana", "lee"], "b": ["ana", "lee"]}
    assert read.faults == []


def test_the_limits_are_the_callers() -> None:
    assert read_yaml("a: [1, 2, 3]", "f.yaml", limits=Limits(values=3)).data is None
    assert read_yaml("a: [1, 2, 3]", "f.yaml", limits=Limits(size=5)).data is None


yamlish = st.text(alphabet="ab:-[]{}&*!|>?'\"#,%@` \n\t~<\\\u00e9\ufeff0", max_size=60)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=80), yamlish.map(str.encode), yamlish, st.text(max_size=60)))
def test_no_bytes_make_the_readers_fall_over(content: bytes | str) -> None:
    read_yaml(content, "f.yaml")
    for parse, broken in ((parse_playbook, PlaybookBroken), (parse_policy, PolicyBroken)):
        faults: tuple[Fault, ...] = ()
        try:
            parse(content, "f.yaml")
        except broken as error:
            faults = error.faults
        assert all(fault.line >= 1 and fault.column >= 1 and fault.message for fault in faults)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["schema", "id", "title", "steps", "start", "vars", "timers", "applies_to", "review_by", "owner", "version"]
STEP_KEYS = ["id", "kind", "title", "do", "next", "options", "when", "evidence", "playbook", "ask", "due", "otherwise"]
odd_step = st.dictionaries(st.sampled_from(STEP_KEYS), plain | st.sampled_from(["decision", "end", "a"]), max_size=5)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), plain | st.lists(plain | odd_step, max_size=4), max_size=6))
def test_no_odd_shape_makes_the_linter_fall_over(data: dict[str, object]) -> None:
    with pytest.raises(PlaybookBroken) as caught:  # JSON is YAML, and quick to write
        parse_playbook(json.dumps(data), "f.yaml")
    assert caught.value.faults
