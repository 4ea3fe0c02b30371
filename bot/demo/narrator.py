"""What the terminal shows while the demo plays: what is about to happen, then what people see, read from Slack."""

from __future__ import annotations

import time

from rich.console import Console
from rich.text import Text

from bot.sandbox.client import SandboxSlack


class Narrator:
    """Prints the workspace's transcript as it grows; with a pace, slowly enough to read along."""

    def __init__(self, slack: SandboxSlack, console: Console, *, slowly: bool) -> None:
        self._slack = slack
        self._console = console
        self._slowly = slowly
        self._shown = 0

    def scene(self, title: str, said: str) -> None:
        """What happens next, and why it matters."""
        self.catch_up()
        self._console.print()
        self._console.rule(Text(title, style="bold"), align="left")
        self._console.print(Text(said, style="italic"))
        self._pause(1.5 + len(said) / 45)

    def catch_up(self) -> None:
        """Print what people have seen since the last time."""
        lines = self._slack.transcript(since=self._shown)
        self._shown += len(lines)
        for line in lines:
            self._console.print(Text(line), soft_wrap=True)
            self._pause(min(0.4 + len(line) / 120, 2.5))

    def rest(self, seconds: float) -> None:
        """Leave time for what was just shown."""
        self._pause(seconds)

    def _pause(self, seconds: float) -> None:
        if self._slowly:
            time.sleep(seconds)
