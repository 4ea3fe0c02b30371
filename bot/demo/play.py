"""`ml-incident demo`: sets the stage, plays the story, and leaves the review behind."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from types import FrameType

from rich.console import Console

from bot.demo.narrator import Narrator
from bot.demo.stage import running
from bot.demo.story import Story
from bot.errors import WrongUsage
from bot.registries.file import FileRegistry
from bot.sandbox.server import DEFAULT_PORT

MODEL, TITLE = "fraud-scorer", "scores are all zero"


def play(*, once: bool = False, model: str | None = None, title: str | None = None, port: int | None = None) -> int:
    """Play an incident; fast, and on a free port, with `once`. Returns the exit code. Raises Stop."""
    models = example_models()
    chosen = _known(models, MODEL if model is None else model)
    if title is not None and not title.strip():
        raise WrongUsage("--title needs words for what is wrong with the model.")
    if not os.access(Path.cwd(), os.W_OK):
        raise WrongUsage(f"The review is written to this folder, and {Path.cwd()} cannot be written to; go to another.")
    console = Console(highlight=False)
    _end_like_ctrl_c()
    console.print("Starting a small Slack on this machine, and the bot in it …")
    try:
        with running(port=port if port is not None else (0 if once else DEFAULT_PORT), models=models) as slack:
            console.print(f"The workspace is at {slack.base_url}. Nothing leaves this machine.")
            story = Story(slack, Narrator(slack, console, slowly=not once), model=chosen, title=title or TITLE)
            number, review = story.tell()
    except KeyboardInterrupt:
        console.print("\nEnded. Nothing is left running.")
        return 130
    path = Path(f"review-{number}.md")
    path.write_text(review, "utf-8")
    console.print(f"\nThe review is in {path}. The workspace and the bot have ended.")
    return 0


def _end_like_ctrl_c() -> None:
    """A terminal that is closed, or a kill, ends what was started as Ctrl-C does."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, end)


def example_models() -> Path:
    """The example catalogue: beside the code in a checkout, inside the package once installed."""
    inside = Path(str(files("bot"))) / "examples" / "models.yaml"
    return inside if inside.is_file() else Path(str(files("bot"))).parent / "deploy" / "examples" / "models.yaml"


def _known(models: Path, name: str) -> str:
    names = [card.name for card in FileRegistry(models).read(datetime.now(UTC)).cards]
    if name in names:
        return name
    close = get_close_matches(name, names, n=1, cutoff=0.4)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise WrongUsage(f"The demo company has no model “{name}”.{hint} It has: {', '.join(names)}.")
