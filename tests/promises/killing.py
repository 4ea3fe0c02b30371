"""Killing the bot at every Slack call of an opening, before the call takes effect and after it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import text, update

from bot.sandbox.client import Json, SandboxSlack
from storage.database import open_engine, parse_url
from storage.models import Effect
from tests.bot_process import BotProcess
from tests.processes import start_sandbox

Case = tuple[str, int, str]
_MODEL = "fraud-scorer"
_INVITED = {"U15ERIJOH", "U01ANAMOR", "U02LEEOKA", "U04PATRIV", "U06JONWEB", "U07PRINAI", "U10GRAADE"}
_ONCE = {"users.conversations", "users.info"}


def calls_of_an_opening(slack: SandboxSlack, since: int) -> Counter[str]:
    """How often each method was called since then."""
    return Counter(call["method"] for call in slack.calls(since))


def cases(counted: Counter[str]) -> Iterator[Case]:
    """Every call, held before and after it takes effect."""
    for method, times in sorted(counted.items()):
        for nth in range(1, times + 1):
            yield method, nth, "before"
            yield method, nth, "after"


class Killing:
    """One workspace, one database, and a bot that is killed in each opening."""

    def __init__(self, folder: Path, slack: SandboxSlack, database_url: str) -> None:
        self.slack = slack
        self.bot = BotProcess(folder, slack, database_url)
        self._engine = open_engine(parse_url(database_url))
        self._number = 0

    def open(self) -> str:
        """Open the next incident; the beginning of its channel's name. What is open already is closed first."""
        self._end_the_open_one()
        self._number += 1
        reply = self.slack.person("erik").command(f"open {_MODEL} scores are all zero", channel="general")
        assert f"INC-{self._number} " in reply.text, reply
        return f"inc-{self._number}-"

    def _end_the_open_one(self) -> None:
        # Straight in the database: a resolved incident would draw a review, which is not what is looked at here.
        with self._engine.begin() as connection:
            connection.execute(text("UPDATE incidents SET status = 'cancelled'"))

    def enumerate_calls(self) -> Counter[str]:
        """The calls of an opening in which nothing goes wrong."""
        since = len(self.slack.calls())
        prefix = self.open()
        self.wait_until_healed(prefix)
        time.sleep(0.3)
        return calls_of_an_opening(self.slack, since)

    def kill_at(self, case: Case) -> str:
        """Open an incident, kill the bot while this call hangs, start it again; the channel's prefix."""
        method, nth, when = case
        if method in _ONCE:
            self._forget_what_is_remembered()
        hold = self.slack.hold(method, nth, when)
        prefix = self.open()
        held = self.slack.held(timeout=5)
        assert held is not None, f"call {nth} of {method} was never made"
        self.bot.kill()
        self.slack.release(hold, how="drop")
        self._let_leases_end()
        self.bot.start()
        self.wait_until_healed(prefix)
        return prefix

    def _forget_what_is_remembered(self) -> None:
        # The announce channel and the opener are looked up once: make this the first opening again.
        self.bot.kill()
        with self._engine.begin() as connection:
            connection.execute(text("DELETE FROM places"))
            connection.execute(text("DELETE FROM slack_people"))
        self.bot.start()

    def _let_leases_end(self) -> None:
        # Half a minute, in an instant: a lease is real time, and nobody may be asked to wait for it 50 times.
        with self._engine.begin() as connection:
            now = "now() - interval '1 second'" if self._engine.dialect.name == "postgresql" else "'2000-01-01'"
            connection.execute(update(Effect).where(Effect.state == "doing").values(lease_until=text(now)))

    def wait_until_healed(self, prefix: str) -> None:
        """Until nothing is owed any more for this incident."""
        self._until(lambda: self._owed() == 0, f"{prefix} is never done: {self._what_is_owed()}")

    def _owed(self) -> int:
        with self._engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM effects WHERE state <> 'done'")).scalar_one())

    def _what_is_owed(self) -> str:
        with self._engine.connect() as connection:
            rows = connection.execute(text("SELECT kind, state, attempts, error FROM effects WHERE state <> 'done'"))
            return "; ".join(str(tuple(row)) for row in rows)

    @staticmethod
    def _until(true: Callable[[], bool], otherwise: str) -> None:
        until = time.monotonic() + 20
        while not true():
            assert time.monotonic() < until, otherwise
            time.sleep(0.05)

    def look(self, prefix: str) -> None:
        """One channel, one card, one step, one announcement, every invite, everything pinned and named."""
        [channel] = [one for one in self.slack.channels() if one["name"].startswith(prefix)]
        said = [message for message in self.slack.messages(channel["name"]) if _is_from_the_bot(message)]
        cards = [message for message in said if message["text"].startswith("SEV")]
        steps = [message for message in said if "step" in message["text"]]
        announced = [
            message
            for message in self.slack.messages("ml-incidents")
            if _is_from_the_bot(message)
            and f"#{channel['name']}" in str(message) + f"#{channel['name']}"
            and channel["id"] in str(message)
        ]
        assert len(cards) == 1, [message["text"] for message in said]
        assert len(steps) == 1, [message["text"] for message in said]
        assert len(said) == 2, [message["text"] for message in said]
        assert len(announced) == 1, [message["text"] for message in announced]
        assert set(channel["members"]) >= _INVITED
        assert [pin["ts"] if isinstance(pin, dict) else pin for pin in channel["pins"]] == [cards[0]["ts"]]
        titles = [mark["title"] for mark in channel["bookmarks"]]
        assert sorted(titles) == ["Dashboard", "Model page", "Runbook"]
        assert "SEV1" in str(channel["topic"])

    def close(self) -> None:
        """End what was started."""
        if self.bot.process is not None:
            self.bot.stop()
        self._engine.dispose()


def _is_from_the_bot(message: Json) -> bool:
    return bool(message.get("bot_id")) and not message.get("subtype")


def kill_at_every_call(folder: Path, database_url: str) -> int:
    """Kill the bot at every call of an opening; how many times that was."""
    with start_sandbox(folder) as slack:
        killing = Killing(folder, slack, database_url)
        try:
            killing.bot.start()
            killing.bot.wait_until_people_are_known()
            counted = killing.enumerate_calls()
            killing.look("inc-1-")
            done = 0
            for case in cases(counted):
                prefix = killing.kill_at(case)
                try:
                    killing.look(prefix)
                except AssertionError as wrong:
                    raise AssertionError(f"killed {case[2]} call {case[1]} of {case[0]}: {wrong}") from wrong
                done += 1
            return done
        finally:
            killing.close()
