"""A company whose weekly digest is due, the bots that serve it, and what each person got of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select, update

from bot.sandbox.client import SandboxSlack
from storage.database import open_engine, parse_url
from storage.models import Effect, Reminder
from storage.transaction import Storage
from storage.upkeep import upgrade
from tests.bench.digest import fill
from tests.bench.sending import NOWHERE, write_company
from tests.bot_process import BotProcess
from tests.processes import ROOT, start_sandbox

TICK_S = 0.25
POLICY = "working_time: {{time_zone: {zone}}}\nownership: {{digest_day: {day}, digest_time: '{at}'}}\n"


class Company:
    """One workspace and one database; bots are started by the test."""

    def __init__(self, folder: Path, slack: SandboxSlack, database_url: str, *, owners: int) -> None:
        self.slack = slack
        self.owners = owners
        self.engine: Engine = open_engine(parse_url(database_url))
        self._folder = folder
        self._url = database_url
        self._bots: list[BotProcess] = []

    def bot(self, name: str = "bot", *, limited: bool = True) -> BotProcess:
        """One that ticks fast, at the sandbox's time; without Slack's limits it sends everything at once."""
        (self._folder / name).mkdir()
        serve = ["tests.bench.shifted", self.slack.base_url, str(TICK_S)]
        bot = BotProcess(
            self._folder / name,
            self.slack,
            self._url,
            command=[sys.executable, "-m", *(serve if limited else ["bot.demo.process", self.slack.base_url])],
            ML_INCIDENT_REGISTRIES="mlflow",
            MLFLOW_TRACKING_URI=NOWHERE,
            ML_INCIDENT_POLICY=str(self._folder / "policy.yaml"),
            PYTHONPATH=str(ROOT),
        )
        self._bots.append(bot)
        return bot

    def be_at(self, moment: datetime) -> None:
        """Move the workspace's clock there, to or fro."""
        self.slack.advance(moment.timestamp() - self.slack.clock()["now"])

    def posted(self) -> list[str]:
        """What the digest's channel was told."""
        return [
            one["text"] for one in self.slack.messages("ml-ownership") if one.get("bot_id") and not one.get("subtype")
        ]

    def told(self, number: int) -> int:
        """How many digests one owner sees."""
        said = self.slack.person(f"p{number}").dms()
        return sum(one["text"].startswith("Your models this week") for one in said)

    def all_told(self) -> list[int]:
        """How many each of them sees."""
        return [self.told(number) for number in range(self.owners)]

    def refused(self) -> int:
        """How often Slack said 429."""
        return sum(call["error"] == "ratelimited" for call in self.slack.calls())

    def count(self, prefix: str, *, ended: bool) -> int:
        """How many promises of this kind there are, ended or not."""
        chosen = Reminder.ended_at.is_not(None) if ended else Reminder.ended_at.is_(None)
        asked = select(func.count()).where(Reminder.key.startswith(prefix), chosen)
        with self.engine.connect() as connection:
            return int(connection.execute(asked).scalar_one())

    def let_leases_end(self) -> None:
        """Half a minute in an instant, after somebody was killed."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        with self.engine.begin() as connection:
            connection.execute(update(Effect).where(Effect.state == "doing").values(lease_until=past))

    def wait_until_sent(self, *, timeout: float = 60) -> None:
        """Until nothing of a digest is to be made or sent any more."""

        def is_sent() -> bool:
            owed = select(func.count()).where(Effect.key.startswith("digest:"), Effect.state != "done")
            with self.engine.connect() as connection:
                return connection.execute(owed).scalar_one() == 0

        self.slack.wait_for(lambda: self.posted() and self.count("digest:", ended=False) == 0 and is_sent(), timeout)

    def close(self) -> None:
        for bot in self._bots:
            if bot.process is not None and bot.process.poll() is None:
                bot.stop()
        self.engine.dispose()


@contextmanager
def company(
    folder: Path, database_url: str, *, models: int, owners: int, zone: str = "UTC", day: str = "mon", at: str = "09:00"
) -> Iterator[Company]:
    """With so many models of so many owners, each of which lacks something."""
    (folder / "policy.yaml").write_text(POLICY.format(zone=zone, day=day, at=at), "utf-8")
    engine = open_engine(parse_url(database_url))
    upgrade(engine)
    storage = Storage(engine)
    fill(storage, models=models, owners=owners)
    storage.close()
    with start_sandbox(folder, company=str(write_company(folder, owners))) as slack:
        slack.configure(rate_limits=True)
        made = Company(folder, slack, database_url, owners=owners)
        try:
            yield made
        finally:
            made.close()


def kill_while_held(
    company: Company, bot: BotProcess, *, nth: int, when: str, also: Callable[[], object] = lambda: None
) -> None:
    """Kill the bot while the nth message from now on hangs, before Slack takes it or after."""
    hold = company.slack.hold("chat.postMessage", nth, when)
    also()
    assert company.slack.held(timeout=20) is not None
    bot.kill()
    company.slack.release(hold, how="drop")
    company.let_leases_end()
