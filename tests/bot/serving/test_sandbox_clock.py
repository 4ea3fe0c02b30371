"""`serve --sandbox-clock`: a bot that is being developed follows the sandbox's time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.sandbox.client import SandboxSlack
from tests.bot_process import BotProcess
from tests.processes import ROOT, start_sandbox


@pytest.mark.timeout(60)
def test_what_is_due_comes_when_the_sandboxes_time_passes(tmp_path: Path) -> None:
    with start_sandbox(tmp_path) as sandbox:
        follows(sandbox, tmp_path)


def follows(sandbox: SandboxSlack, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot.main", "serve", "--sandbox-clock", sandbox.base_url, "--ready-file"]
    bot = BotProcess(tmp_path, sandbox, f"sqlite:///{tmp_path / 'bot.db'}", command=command)
    bot.start()
    try:
        assert sandbox.messages("ml-ownership")[-1]["text"].startswith("<@")  # somebody joined, and nothing else
        sandbox.advance(8 * 86400)
        sandbox.wait_for(
            lambda: any(one["text"].startswith("Who owns what") for one in sandbox.messages("ml-ownership")) or None,
            timeout=20,
        )
    finally:
        bot.stop()


@pytest.mark.parametrize(
    ("clock", "slack", "said"),
    [
        ("http://127.0.0.1:9", "http://127.0.0.1:9/api/", "No sandbox answers at http://127.0.0.1:9"),
        ("http://[::1", "http://127.0.0.1:9/api/", "http://[::1 is no address"),
        ("http://127.0.0.1:9", "https://slack.com/api/", "--sandbox-clock is for a bot in the sandbox"),
    ],
)
def test_a_clock_that_cannot_be_followed_is_said_in_a_sentence(
    tmp_path: Path, clock: str, slack: str, said: str
) -> None:
    tokens = {"SLACK_BOT_TOKEN": "xoxb-x", "SLACK_APP_TOKEN": "xapp-x", "SLACK_API_URL": slack}
    done = subprocess.run(
        [sys.executable, "-m", "bot.main", "serve", "--sandbox-clock", clock],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin", **tokens},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
