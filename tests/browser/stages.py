"""The demo's stage without its story, set up until somebody who types a command is heard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.demo.hands import Stagehand
from bot.demo.pace import Pace
from bot.demo.play import demo_production
from bot.demo.stage import Stage, running

CONNECTED_WITHIN_S = 20.0


@contextmanager
def staged() -> Iterator[Stage]:
    """A workspace and a bot, and somebody who kills and starts it as the page wishes."""
    with running(demo_production(0)) as stage, Stagehand(stage, Pace(slowly=False)):
        # The bot is ready before it is connected, and what is typed in between is heard by nobody.
        stage.slack.wait_for(lambda: stage.slack.state()["sockets"] or None, timeout=CONNECTED_WITHIN_S)
        yield stage
