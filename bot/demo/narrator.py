"""Tells the story on the page and in the terminal: what is about to happen, then what people see, read from Slack."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from bot.demo.pace import Pace
from bot.sandbox.client import Json, SandboxSlack

SCENES = 11


class Narrator:
    """Prints the workspace's transcript as it grows, slowly enough to read along where nobody has the page open."""

    def __init__(self, slack: SandboxSlack, console: Console, pace: Pace) -> None:
        self._slack = slack
        self._console = console
        self._pace = pace
        self._shown = 0
        self._scene: Json = {"n": 0, "of": SCENES}
        pace.changed = self._tell

    def scene(self, title: str, said: str, **where: str) -> None:
        """What happens next, why it matters, and where it is seen: `as` whom and in which `channel`."""
        self.catch_up()
        self._pace.begin()
        self._console.print()
        self._console.rule(Text(title, style="bold"), align="left")
        self._console.print(Text(said, style="italic"))
        self._scene = {"n": self._scene["n"] + 1, "of": SCENES, "title": title, "said": said, **_page(where)}
        self._tell()
        self._pace.rest(1.2 + len(said) / 30)

    def look(self, **where: str) -> None:
        """The scene goes on somewhere else."""
        self._scene |= _page(where)
        self._tell()

    def hand_over(self, said: str, tries: list[Json]) -> None:
        """The story is over: three things to try."""
        self._scene |= {"state": "over", "title": "Your turn", "said": said, "tries": [_page(one) for one in tries]}
        self._slack.tell_story(self._scene)

    def catch_up(self) -> None:
        """Print what people have seen since the last time, and leave time to read it."""
        lines = self._slack.transcript(since=self._shown)
        self._shown += len(lines)
        if not lines:
            return
        watched = self._slack.watchers() > 0
        reading_s = min(1 + 0.15 * len(lines), 4 if watched else 10)
        for line in lines:
            self._console.print(Text(line), soft_wrap=True)
            if not watched:
                self._pace.rest(reading_s / len(lines))
        if watched:
            self._pace.rest(reading_s)

    def _tell(self) -> None:
        if self._scene["n"] and self._scene.get("state") != "over":
            self._scene["state"] = "held" if self._pace.held else "paused" if self._pace.paused else "playing"
            self._slack.tell_story(self._scene)


def _page(where: Json) -> Json:
    """`who` is a word that Python has no use for, `as` is not."""
    return {"as" if name == "who" else name: value for name, value in where.items()}
