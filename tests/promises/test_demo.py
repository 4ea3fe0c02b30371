"""The demo: the mission played from end to end by the real bot, and read back from the workspace."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.processes import ROOT


def play(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """`ml-incident demo --once` in an empty folder."""
    return subprocess.run(
        [sys.executable, "-m", "bot.main", "demo", "--once", *options],
        cwd=folder,
        env={
            "PYTHONPATH": str(ROOT),
            "PATH": "/usr/bin:/bin",
            "SLACK_BOT_TOKEN": "xoxb-somebody-elses",
            "COLUMNS": "100",
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The transcript of the story as it ships, and the review that it left."""
    folder = tmp_path_factory.mktemp("demo")
    done = play(folder)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return done.stdout, (folder / "review-INC-1.md").read_text("utf-8")


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("what", "seen"),
    [
        ("the command", r"Erik Johansson types /ml-incident open fraud-scorer scores are all zero"),
        ("the channel", r"#inc-1-fraud-scorer-scores-are-all-zero"),
        ("the owner with the source", r"\*Owner\* .*Ana Moreau.*models\.yaml"),
        ("a point of contact with the source", r"\*POC Product\* @Pat Rivera \(models\.yaml\)"),
        ("a playbook's decision", r"Is it real\?"),
        ("the answer to it", r"submits .*Your answer|presses \[Yes, it is real\]"),
        ("the timeline", r"ml-incident reacts :white_check_mark:"),
        ("the update for stakeholders", r"#ml-incidents \(in a thread\) ml-incident: \*INC-1"),
        ("the resolve", r"\*Resolved\* by @Ana Moreau"),
        ("the review's draft", r"\[file: review-INC-1\.md\]"),
        ("the overdue nag", r"DM with Ana Moreau ml-incident: Your review of INC-1 .*overdue"),
        ("the weekly digest", r"#ml-ownership ml-incident: .*digest"),
    ],
)
def test_every_word_of_the_mission_is_seen(played: tuple[str, str], what: str, seen: str) -> None:
    assert re.search(seen, played[0]), what


def test_the_review_holds_facts_of_this_very_incident(played: tuple[str, str]) -> None:
    review = played[1]
    for fact in ("scores are all zero", "Fraud scoring", "Ana Moreau", "Rollback version then: 41", "checkout", "SEV1"):
        assert fact in review, fact
    assert "UNKNOWN" in review


@pytest.mark.parametrize(
    "never",
    [r"\b[UCBDG]0[0-9A-Z]{7,}\b", r"\bNone\b", r"Traceback", r"\{[\"']", r"<[@#!]", r"\bnull\b", r"&(?:lt|gt|amp);"],
)
def test_nobody_reads_raw_ids_or_the_insides_of_a_program(played: tuple[str, str], never: str) -> None:
    transcript, review = played
    # What somebody types is shown as Slack sends it to the bot: with ids. Everything else is what people read.
    lines = [line for line in transcript.splitlines() if " types /ml-incident " not in line]
    for text in ("\n".join(lines), review):
        assert re.findall(never, re.sub(r"https?://\S+", "", text)) == []


@pytest.mark.timeout(120)
def test_another_model_and_title_give_another_transcript_and_review(tmp_path: Path, played: tuple[str, str]) -> None:
    done = play(tmp_path, "--model", "search-ranker", "--title", "the shop sorts by nothing")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "#inc-1-search-ranker-the-shop-sorts-by-nothing" in done.stdout
    assert "*Owner* @Maya Lindqvist (models.yaml)" in done.stdout
    assert "fraud-scorer" not in done.stdout.split("Days pass")[0]
    assert "the shop sorts by nothing" in (tmp_path / "review-INC-1.md").read_text("utf-8")


def test_a_model_that_the_company_does_not_have_gets_the_closest_name(tmp_path: Path) -> None:
    done = play(tmp_path, "--model", "fraud-scoring")
    assert done.returncode == 2
    assert "Did you mean fraud-scorer?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "bot.main", "demo", "--port", port],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode != 0
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def heard(how: signal.Signals) -> Iterator[None]:
    """A shell that runs the tests in the background, or under nohup, has signals ignored, and children inherit that."""
    before = signal.signal(how, lambda *_: None)
    yield
    signal.signal(how, before)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_a_kill_and_a_closed_terminal_end_everything(tmp_path: Path, how: signal.Signals, heard: None) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-m", "bot.main", "demo", "--port", "0"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        process, until = psutil.Process(demo.pid), time.monotonic() + 20
        while len(process.children()) < 2:
            assert time.monotonic() < until, "the sandbox and the bot were never started"
            time.sleep(0.05)
        children = process.children(recursive=True)
        time.sleep(1)
        demo.send_signal(how)
        assert demo.wait(15) == 130
        gone, alive = psutil.wait_procs(children, timeout=5)
        assert alive == []
        assert len(gone) == len(children)
    finally:
        if demo.poll() is None:
            demo.kill()
        if demo.stdout is not None:
            demo.stdout.close()
