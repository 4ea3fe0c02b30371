"""docs/connections.md and the example file say what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from bot.connections import actions, calling, connection, mlflow, outcomes, previews, questions
from bot.connections.calling import MOST_BYTES
from bot.connections.entries import (
    LONGEST_TIMEOUT,
    HttpEntry,
    MlflowEntry,
    PrometheusEntry,
    ServingEntry,
)
from bot.connections.redacting import LONGEST
from playbooks.asking import BUILT_IN, Method
from playbooks.durations import write_duration
from tests.bot.connections.conftest import Connect
from tests.docs.pages import ROOT, blocks, code, rows, text

PAGE = "docs/connections.md"
KINDS: dict[str, type[BaseModel]] = {
    "http": HttpEntry,
    "serving": ServingEntry,
    "mlflow": MlflowEntry,
    "prometheus": PrometheusEntry,
}


def table() -> dict[str, tuple[str, str]]:
    return {
        name.strip("`"): (default, meaning) for name, default, meaning in rows(PAGE, "| field | default | meaning |")
    }


def test_every_example_can_be_used(connect: Connect) -> None:
    environment = {"SERVING_TOKEN": "t0k3n-of-it", "MLFLOW_WRITER_PASSWORD": "s3cret-of-it", "FLAGS_KEY": "k3y-of-it"}
    environment["MLFLOW_TRACKING_URI"] = "https://mlflow.example.com"
    examples = [*blocks(PAGE, "yaml"), (ROOT / "deploy/examples/connections.yaml").read_text("utf-8")]
    assert len(examples) == 3
    kinds = set()
    for example in examples:
        for found in connect(example, **environment):
            assert found.unset is None, found
            kinds.add(found.kind)
    assert kinds == set(KINDS)


def test_the_table_lists_every_field_with_its_default() -> None:
    fields = {name: field for entry in KINDS.values() for name, field in entry.model_fields.items()}
    written = table()
    assert set(written) == set(fields)
    assert written["timeout"][0] == f"`{write_duration(fields['timeout'].default)}`"
    assert f"`{write_duration(LONGEST_TIMEOUT)}`" in written["timeout"][1]
    assert written["methods"][0] == f"`[{', '.join(fields['methods'].default)}]`"
    assert written["paths"][0] == f"`[{', '.join(fields['paths'].default)}]`"
    assert written["serving_alias"][0] == f"`{fields['serving_alias'].default}`"
    assert written["blocked_tag"][0] == f"`{fields['blocked_tag'].default}`"
    assert set(re.findall(r"`([A-Z]+)`", written["methods"][1])) == set(get_args(Method))
    assert set(re.findall(r"`(\w+)`", written["kind"][1])) == set(KINDS)
    assert "up to 20" in written["base_url"][1]


def test_fields_of_one_kind_are_said_to_be_of_that_kind() -> None:
    for name, (_, meaning) in table().items():
        takes = {kind for kind, entry in KINDS.items() if name in entry.model_fields}
        if takes != set(KINDS):
            assert takes <= set(re.findall(r"`(\w+)`", meaning)), name


def test_the_page_gives_the_limits_and_names_of_the_code() -> None:
    page = text(PAGE)
    assert f"At most {MOST_BYTES // 1024} kB of an answer" in page
    assert f"cut to {LONGEST} characters" in page
    assert set(BUILT_IN) <= set(code(PAGE))
    assert "`Idempotency-Key`" in page


def test_what_the_bot_may_say_is_in_its_own_words() -> None:
    modules = (actions, calling, connection, mlflow, outcomes, previews, questions)
    folder = Path(calling.__file__ or "").parent
    source = "".join((folder / f"{module.__name__.rpartition('.')[2]}.py").read_text("utf-8") for module in modules)
    source += (folder / "book.py").read_text("utf-8") + (folder / "file.py").read_text("utf-8")
    said = [row[0] for row in rows(PAGE, "| the bot says | do |")]
    assert len(said) == 11
    for sentence in said:
        # Words stand in the code as they are; numbers, names and methods are filled in.
        words = re.split(r"…|\d+|: set|GET|PUT|/", sentence)
        for part in (part.strip(" (),") for part in words if len(part.strip(" (),")) > 3):
            assert re.sub(r"\s+", " ", part) in re.sub(r'"\s+f?"', "", source), part


def test_the_doctor_says_what_the_page_shows(connect: Connect) -> None:
    connections = connect(
        next(iter(blocks(PAGE, "yaml"))), MLFLOW_TRACKING_URI="https://m.example.com", SERVING_TOKEN="t"
    )
    shown = next(block for block in blocks(PAGE) if "answers; playbooks may" in block)
    for found in connections:
        assert f"ok     connection {found.name}: answers; playbooks may {found.allowed}" in shown


@pytest.mark.parametrize("name", ["MLFLOW_TRACKING_TOKEN", "ML_INCIDENT_MLFLOW_TAG_PREFIX", "ML_INCIDENT_CONNECTIONS"])
def test_settings_that_matter_are_named(name: str) -> None:
    assert name in text(PAGE)
