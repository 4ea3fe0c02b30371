"""`ml-incident demo`: sets the stage, plays the story, and hands over to whoever watches."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from threading import Event
from types import FrameType

from rich.console import Console

from bot.demo.browser import open_page
from bot.demo.hands import Stagehand
from bot.demo.narrator import Narrator
from bot.demo.pace import Pace
from bot.demo.stage import Production, Stage, lost_thread, running
from bot.demo.story import Story
from bot.errors import WrongUsage
from bot.registries.file import FileRegistry
from bot.sandbox.client import Json
from bot.sandbox.server import DEFAULT_PORT

MODEL, TITLE = "fraud-scorer", "scores are all zero"
DIGEST_CHANNEL = "ml-ownership"
PAGE_WITHIN_S = 8.0
"""How long the story waits for somebody to open the page."""


def play_once(*, model: str | None, title: str | None, port: int | None) -> int:
    """Play an incident fast, print what people saw, and end. Returns the exit code. Raises Stop."""
    chosen, title = _chosen(model, title)
    console = Console(highlight=False)

    def tell(stage: Stage) -> None:
        console.print(f"The workspace is at {stage.slack.base_url} and nothing leaves this machine.")
        narrator = Narrator(stage.slack, console, Pace(slowly=False))
        try:
            path = _tell(stage, narrator, model=chosen, title=title)
        except Exception as broken:
            raise lost_thread(stage, broken) from broken
        console.print(f"\nThe review is in {path}. The workspace and the bot have ended.")

    return on_stage(demo_production(0 if port is None else port), console, tell)


def play(*, model: str | None, title: str | None, port: int | None, browser: bool) -> int:
    """Play an incident at reading pace on the page, then leave the workspace to whoever watches. Raises Stop."""
    chosen, title = _chosen(model, title)
    console = Console(highlight=False)

    def tell(stage: Stage) -> None:
        pace = Pace(slowly=True)
        pace.ready = lambda: stage.bot.ready
        with Stagehand(stage, pace):
            show_page(stage, console, browser=browser)
            narrator = Narrator(stage.slack, console, pace)
            try:
                path = _tell(stage, narrator, model=chosen, title=title)
                said = f"The incident is over and its review drafted; it is in {path}, too. Now break it:"
            except Exception as broken:  # whoever watches may kill the bot in the middle of the story
                console.print(f"\nThe story ends here: {_why(broken)}")
                said = "The story could not go on from what was done to it; everything else does. Try:"
            narrator.hand_over(said, tries(chosen))
            stay(console)

    return on_stage(demo_production(DEFAULT_PORT if port is None else port), console, tell)


def _why(broken: Exception) -> str:
    return "what should have come next never came." if isinstance(broken, TimeoutError) else str(broken)


def on_stage(production: Production, console: Console, act: Callable[[Stage], None]) -> int:
    """Do something on the stage; the exit code, also for Ctrl-C and its like."""
    _end_like_ctrl_c()
    console.print("Starting a small Slack on this machine, and the bot in it …")
    try:
        with running(production) as stage:
            act(stage)
    except KeyboardInterrupt:
        console.print("\nEnded. Nothing is left running.")
        return 130
    return 0


def _end_like_ctrl_c() -> None:
    """A terminal that is closed, or a kill, ends what was started as Ctrl-C does."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, end)


def show_page(stage: Stage, console: Console, *, browser: bool) -> None:
    """Open the page, or say where it is; wait a while until somebody looks."""
    console.print(f"The workspace is at {stage.slack.base_url} and nothing leaves this machine.")
    if not (browser and open_page(stage.slack.base_url)):
        console.print("Open that address in a browser. Ctrl-C ends it.")
    until = time.monotonic() + PAGE_WITHIN_S
    while not stage.slack.watchers() and time.monotonic() < until:
        time.sleep(0.1)


def stay(console: Console) -> None:
    """Leave everything running until Ctrl-C."""
    console.print("\nYour turn, on the page. Ctrl-C ends it.")
    Event().wait()


def tries(model: str) -> list[Json]:
    """Three things to try after the story."""
    other = "search-ranker" if model != "search-ranker" else "fraud-scorer"
    return [
        {
            "title": "Kill the bot in the middle",
            "said": f"Send this, press “Kill the bot” at once, and look at what is owed. Start it again: one channel, "
            f"one card, everybody of {other} invited once.",
            "who": "erik",
            "channel": "general",
            "text": f"/ml-incident open {other} no results for half of the queries",
        },
        {
            "title": "Lose every answer of Slack",
            "said": "Switch on “Answers lost”, then send this. Each call is done, the bot never hears of it, and still "
            "nothing is there twice once you switch it off.",
            "who": "erik",
            "channel": "general",
            "text": "/ml-incident open delivery-eta all parcels arrive tomorrow",
        },
        {
            "title": "Ask for a model whose owner has left",
            "said": "Sam left Larkspur; see what the bot says about it, then let time pass to next Monday.",
            "who": "erik",
            "channel": "general",
            "text": "/ml-incident who price-optimizer",
        },
    ]


def example_models() -> Path:
    """The example catalogue: beside the code in a checkout, inside the package once installed."""
    return _example("models.yaml")


def _example(name: str) -> Path:
    inside = Path(str(files("bot"))) / "examples" / name
    return inside if inside.is_file() else Path(str(files("bot"))).parent / "deploy" / "examples" / name


def demo_production(port: int) -> Production:
    settings = {"ML_INCIDENT_DIGEST_CHANNEL": DIGEST_CHANNEL, "ML_INCIDENT_ROTAS": str(_example("rotas.yaml"))}
    return Production(port=port, models=example_models(), settings=settings)


def _chosen(model: str | None, title: str | None) -> tuple[str, str]:
    chosen = _known(example_models(), MODEL if model is None else model)
    if title is not None and not title.strip():
        raise WrongUsage("--title needs words for what is wrong with the model.")
    if not os.access(Path.cwd(), os.W_OK):
        raise WrongUsage(f"The review is written to this folder, and {Path.cwd()} cannot be written to; go to another.")
    return chosen, title or TITLE


def _tell(stage: Stage, narrator: Narrator, *, model: str, title: str) -> Path:
    """Tell the story; where its review is."""
    number, review = Story(stage.slack, narrator, model=model, title=title).tell()
    path = Path(f"review-{number}.md")
    path.write_text(review, "utf-8")
    return path


def _known(models: Path, name: str) -> str:
    names = [card.name for card in FileRegistry(models).read(datetime.now(UTC)).cards]
    if name in names:
        return name
    close = get_close_matches(name, names, n=1, cutoff=0.4)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise WrongUsage(f"The demo company has no model “{name}”.{hint} It has: {', '.join(names)}.")
