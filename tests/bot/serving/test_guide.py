"""What the sandbox's page tells about the bot is true: every file, every anchor, every call."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.grammar import WORDS
from bot.guide import build_guide, explanations
from bot.manifest import METHODS
from bot.sandbox.people import ACTS
from tests.processes import ROOT, end

HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(page: str) -> set[str]:
    """Every anchor of a page of the docs, as code hosts make them."""
    headings = HEADING.findall((ROOT / page).read_text("utf-8"))
    return {re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", one.lower())) for one in headings}


@pytest.mark.parametrize("rule", explanations(), ids=lambda rule: str(rule["says"])[:40])
def test_an_explanation_points_at_what_is_there(rule: dict[str, str]) -> None:
    page, _, anchor = rule["docs"].partition("#")
    assert (ROOT / page).is_file()
    assert not anchor or anchor in anchors(page)
    assert (ROOT / rule["code"]).is_file()
    assert rule["says"].endswith(".")
    assert rule["says"].count(". ") == 0, "one sentence"


def test_explanations_are_about_what_the_bot_calls_and_people_can_do() -> None:
    for rule in explanations():
        assert rule["on"] in {"act", "call", "time", "bot", "registry", "fault"}
        if rule["on"] == "call":
            assert rule["method"] in METHODS
        if rule["on"] == "act":
            assert rule["what"] in ACTS


def conditions(rule: dict[str, Any]) -> dict[str, Any]:
    """What has to be so for a rule to fit."""
    args = {f"args.{name}": pattern for name, pattern in rule.get("args", {}).items()}
    return args | {key: rule[key] for key in rule if key not in {"says", "docs", "code", "args"}}


def test_no_explanation_hides_one_that_is_more_special() -> None:
    rules = [conditions(rule) for rule in explanations()]
    for at, special in enumerate(rules):
        for general in rules[:at]:
            assert not general.items() <= special.items(), f"{special} is never told"


def test_patterns_can_be_searched_for() -> None:
    for rule in explanations():
        for pattern in [*rule.get("args", {}).values(), *(rule[key] for key in ("text", "action") if key in rule)]:
            assert not re.search(pattern, ""), f"{pattern} fits everything"


def test_every_word_of_the_command_is_explained_by_a_rule_of_its_own() -> None:
    patterns = [rule["text"] for rule in explanations() if rule.get("what") == "command" and "text" in rule]
    told = {"help"}  # it promises nothing
    for word in WORDS:
        assert word.word in told or any(re.search(pattern, word.word) for pattern in patterns), word.word


def test_the_guide_names_every_command_and_every_source() -> None:
    guide = build_guide(zone="UTC")
    assert [one["usage"].split()[1] for one in guide["commands"]] == [word.word for word in WORDS]
    assert "docs/architecture.md" in guide["sources"]
    assert "storage/outbox.py" in guide["sources"]


@pytest.mark.timeout(30)
def test_the_sandbox_of_the_command_line_knows_the_commands_and_shows_the_docs(tmp_path: Path) -> None:
    log = tmp_path / "sandbox.log"
    command = [sys.executable, "-u", "-m", "bot.main", "sandbox", "--port", "0"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, stdout=out, stderr=out)
    try:
        until = time.monotonic() + 20
        while (found := re.search(r"http://[\d.]+:\d+", log.read_text("utf-8"))) is None:
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < until, log.read_text("utf-8")
            time.sleep(0.05)
        with httpx.Client(base_url=found[0], trust_env=False) as browser:
            page = browser.get("/").text
            assert all(f"/ml-incident {word.word}" in page for word in WORDS)
            assert 'id="happened"' in page
            assert "The outbox" in browser.get("/source/docs/architecture.md").text
            assert browser.get("/source/pyproject.toml").status_code == 404, "only what the guide names"
    finally:
        end(process)
