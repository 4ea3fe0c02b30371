"""No file makes the linter fall over, whatever it holds: each is a playbook, or a list of faults at once."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.main import app
from playbooks import parsing
from playbooks.judging import LIMITS, Judged, judge, judge_document
from playbooks.load import check, load_library, shipped_library
from playbooks.reading import Document, Limits, read_yaml
from tests.playbooks.whole import WHOLE

DATA = json.dumps(read_yaml(WHOLE, "f.yaml").data)
TODAY = date(2026, 11, 20)
WITHIN_S = 5.0
"""Generous, because test machines are shared; what goes wrong here takes minutes or for ever."""


def bounded(examples: int) -> settings:
    """The same examples every time, and none kept on disk."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=slow)


def sane(judged: Judged) -> Judged:
    """It is a playbook or has faults, and each fault can be printed in one line."""
    assert judged.playbook is not None or judged.faults
    for fault in judged.faults:
        assert fault.line >= 1
        assert fault.column >= 1
        assert fault.message
        assert not fault.message.startswith(("Input ", "Datetimes ", "Unable ", "Value ")), "pydantic's words, not ours"
        assert str(fault).isprintable()
    return judged


def judged(content: bytes | str) -> Judged:
    return sane(judge(content, "f.yaml", today=TODAY, connections=("shop",)))


def plain() -> Any:
    """The whole playbook as data, a new copy each time."""
    return json.loads(DATA)


def held(data: Any) -> Judged:
    """Data as if it had been read from a file, which saves reading one five thousand times."""
    return sane(judge_document(Document("f.yaml", data), b"", today=TODAY, connections=("shop",)))


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every value stands."""
    yield path
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from places(value, (*path, key))


def put(data: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    """The data with a change made to what holds this place."""
    at = data
    for part in path[:-1]:
        at = at[part]
    change(at, path[-1])
    return data


WRONG: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**18, 1e99, "", " ", "x", "x" * 4000, "{vars.last_good}", "{", "a\nb\x1b[31m\u2028",
    "&<>" * 30,
    [], [[]], [None], ["x", "x"], [7, {}], {}, {"": ""}, {"x": {"y": []}}, {"id": "look", "kind": "check"},
    [{"id": []}],
)  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=[repr(one)[:20] for one in WRONG])
def test_a_wrong_type_at_any_place_is_a_fault(wrong: Any) -> None:
    for path in places(plain()):
        held(put(plain(), path, lambda at, key: at.__setitem__(key, wrong)) if path else wrong)


def test_anything_may_be_missing_twice_or_under_another_name() -> None:
    def rename(at: Any, key: Any) -> None:
        if isinstance(at, dict):
            at[f"{key}x"] = at.pop(key)
        else:
            at.insert(key, at[key])

    for path in places(plain()):
        if path:
            held(put(plain(), path, lambda at, key: at.pop(key)))
            held(put(plain(), path, rename))


RAW = (
    "~", "NaN", ".nan", "-.inf", "9" * 400, "0x1F", "0o17", "1e999", "2026-11-20", "2026-11-20T12:00:00Z", "12:30:45",
    "no",
    "!!binary aGk=", "!!python/object:os.system x", "!<x> y", "*nobody", "&a [*a]", '"\\ud800"', '"\\x00"', "'\u2028'",
    "\U0001f600",
    "<<", "? [a]", "[a, [b, [c]]]", "|\n", "- x", "%", "@", "`", "\t", "\u0085", "\ufeff", "!", "'", '"',
)  # fmt: skip


def test_anything_that_yaml_can_write_may_stand_at_any_place() -> None:
    lines = WHOLE.splitlines(keepends=True)
    for number, line in enumerate(lines):
        head, colon, _ = line.partition(": ")
        raw = RAW[number % len(RAW)]
        changed = f"{head}{colon}{raw}\n" if colon else f"{raw}\n"
        judged("".join([*lines[:number], changed, *lines[number + 1 :]]))
    for raw in RAW:
        judged(WHOLE.replace("title: Everything at once", f"title: {raw}"))
        judged(raw)


@bounded(150)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(WHOLE)), st.integers(0, 30), st.text("ab:-[]{}&*!|>?'\"#,%@`\n\t ~<\\é0", max_size=6)
        ),
        max_size=4,
    )
)
def test_a_playbook_with_pieces_cut_out_and_put_in_is_no_traceback(edits: list[tuple[int, int, str]]) -> None:
    text = WHOLE
    for at, length, new in edits:
        text = text[:at] + new + text[at + length :]
    judged(text)


@bounded(200)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(WRONG)), min_size=2, max_size=5))
def test_several_wrong_things_at_once_are_no_traceback(changes: list[tuple[int, Any]]) -> None:
    data = plain()
    for number, wrong in changes:
        paths = [path for path in places(data) if path]
        if paths:
            put(
                data,
                paths[number % len(paths)],
                lambda at, key, new=wrong: at.__setitem__(key, json.loads(json.dumps(new))),
            )
    held(data)


@bounded(300)
@given(st.binary(max_size=120) | st.text(max_size=60))
def test_any_bytes_are_no_traceback(content: bytes | str) -> None:
    judged(content)


def laughs(opening: str, closing: str) -> str:
    rows = [f"a0: &a0 {opening}x{closing}"]
    rows += [f"a{n}: &a{n} {opening}{', '.join([f'*a{n - 1}'] * 9)}{closing}" for n in range(1, 40)]
    return "\n".join(rows)


BOMBS = {
    "a billion laughs": laughs("[", "]"),
    "laughs in mappings": "a0: &a0 {x: y}\n" + "".join(
        f"a{n}: &a{n} {{{', '.join(f'k{i}: *a{n - 1}' for i in range(9))}}}\n" for n in range(1, 40)
    ),
    "laughs as keys": "a0: &a0 [x]\n" + "".join(
        f"? [*a{n - 1}, *a{n - 1}]\n: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
    ),
    "an alias of itself": "a: &a\n  - *a\n  - {b: *a}\n",
    "an anchor that is named again": "a: &a [&a [&a [*a, *a], *a], *a]\nb: *a\n",
    "a deep list": "[" * 100_000,
    "a deep list that ends": "[" * 5_000 + "]" * 5_000,
    "a deep mapping": "{a: " * 50_000,
    "deep dashes": "- " * 100_000,
    "deep keys": "? " * 100_000,
    "deep blocks": "\n".join(" " * n + "a:" for n in range(700)),
    "many anchors": " ".join(f"&a{n}" for n in range(30_000)),
    "many tags": "!" * 200_000,
    "many quotes": '"' * 200_001,
    "many directives": "%YAML 1.2\n" * 20_000,
    "many documents": "---\n" * 50_000,
    "many comments": "#\n" * 120_000,
    "many colons": ": " * 100_000,
    "a wide list": "[" + "a," * 100_000 + "]",
    "a wide mapping": "".join(f"k{n}: v\n" for n in range(25_000)),
    "one key a thousand times": "a: b\n" * 15_000,
    "a long word": "id: " + "x" * 250_000,
    "a long line": "# " + "x" * 250_000,
    "an open text": "a: |\n" + "  x\n" * 60_000,
    "many jumps": "steps:\n" + "".join(f"  - {{id: s{n}, kind: end, title: T, next: t{n}}}\n" for n in range(2_800)),
    "many answers": "steps:\n  - id: a\n    kind: decision\n    options:\n" + "".join(
        f"      - {{label: l, goto: step-{n}}}\n" for n in range(5_500)
    ) + "".join(f"  - {{id: step-{n}x, kind: end}}\n" for n in range(900)),
    "many placeholders": "steps:\n  - {id: a, title: T, do: '" + "{model.ownr} " * 15_000 + "'}\n",
    "many variables": "vars: {" + ", ".join(f"v{n}: x" for n in range(9_000)) + "}\nsteps:\n"
    + "  - {do: '" + " ".join(f"{{vars.w{n}}}" for n in range(9_000)) + "'}\n",
    "many names of fields": "steps:\n" + "".join(f"  - {{titel{n}: x}}\n" for n in range(6_000)),
    "a nightmare of quotes": "steps:\n  - {kind: check, prometheus: {query: '" + '{a.b} "\\' * 12_000 + "'}}\n",
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_quickly(name: str) -> None:
    started = time.perf_counter()
    found = judged(BOMBS[name])
    assert found.playbook is None
    assert time.perf_counter() - started < WITHIN_S


@pytest.mark.parametrize(
    "content", [b"a: b\n" * 2_000_000, b"\x00" * 10_000_000, b"[" * 10_000_000], ids=["yaml", "zeros", "lists"]
)
def test_ten_megabytes_are_refused_at_once(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_bytes(content)
    shipped_library()  # read once, which is not what is measured
    started = time.perf_counter()
    (fault,) = check([tmp_path], today=TODAY)
    assert "is larger than 256,000 bytes" in fault.message
    assert time.perf_counter() - started < 1


def read_by_both(text: str) -> tuple[Document, Document]:
    fast = read_yaml(text, "f.yaml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsing, "CParser", None)
        return fast, read_yaml(text, "f.yaml")


two_parsers = pytest.mark.skipif(parsing.CParser is None, reason="PyYAML is here without libyaml: there is one parser")


@two_parsers
def test_both_parsers_find_the_same_at_the_same_places_in_every_shipped_playbook() -> None:
    for text in (WHOLE, *(source.text for source in shipped_library().sources.values())):
        fast, slow = read_by_both(text)
        assert fast.data == slow.data
        assert (fast.places, fast.keys) == (slow.places, slow.keys)


@two_parsers
@bounded(300)
@given(st.text(alphabet="ab:-[]{}*?'\", \n0é", max_size=40))
def test_both_parsers_read_the_same(text: str) -> None:
    fast, slow = read_by_both(text)
    if not fast.faults and not slow.faults:
        assert fast.data == slow.data


def test_the_command_says_all_of_it_in_every_format_and_ends_with_1(tmp_path: Path) -> None:
    for number, text in enumerate([*list(BOMBS.values())[:10], *RAW]):
        (tmp_path / f"{number}.yaml").write_bytes(text.encode("utf-8", "surrogatepass")[: LIMITS.size])
    (tmp_path / "good.yaml").write_text(WHOLE, "utf-8")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "es\x1bcape\n.yaml").write_bytes(b"\xff")
    (tmp_path / "\udcff.yaml").write_bytes(b"a")
    for form in ("text", "json", "github"):
        ended = CliRunner().invoke(app, ["playbooks", "check", str(tmp_path), "--format", form])
        assert ended.exit_code == 1, ended.output[-500:]
        assert isinstance(ended.exception, SystemExit)
        assert "Traceback" not in ended.output
        if form == "json":
            said = json.loads(ended.stdout)
            assert len(said) > len(RAW)
            assert all({"file", "line", "column", "field", "message"} == set(one) for one in said)
        if form == "github":
            assert all(line.startswith("::error file=") for line in ended.stdout.splitlines())
    assert load_library(tmp_path).faults


def test_limits_are_kept_by_what_is_read_and_not_only_by_what_is_written() -> None:
    data = read_yaml(laughs("[", "]"), "f.yaml", limits=Limits(values=1_000)).data
    assert data is None
