"""The story: who does what in the demo's incident. Everybody acts through Slack; nothing reaches into the bot."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.demo.narrator import Narrator
from bot.demo.scene import Scene
from bot.sandbox.client import Json, Person, SandboxSlack

_DUE = re.compile(r"<!date\^(\d+)\^")
READER = "lucia"
"""Who reads and does nothing: the vice president of engineering."""
_NUMBER = re.compile(r"INC-\d+")


_ANSWERS = (
    "No",
    "Good: the model or serving is bad",
    "Only the new version",
    "No, only the model",
    "Yes: roll back",
)
_EVIDENCE = {
    "changes": "The last version was promoted 50 minutes before",
    "paused": "The nightly retraining",
    "evidence-kept": "200 requests and their scores, in the incident folder",
    "version-seen": "The last version, on all six replicas",
    "replay": "The same 200 requests on the version before: as they should be",
    "impact": "Whoever was answered in the last hour",
    "comparison": "The version before answers as it should, the last one does not",
    "kept": "The incident folder",
}
"""What the team finds out on the way to the rollback."""


class Story:
    """One incident from the first look at a model to the nag about its review, and the Monday after."""

    def __init__(self, slack: SandboxSlack, narrator: Narrator, *, model: str, title: str) -> None:
        self._slack = slack
        self._tell = narrator.scene
        self._narrator = narrator
        self._model = model
        self._title = title
        self._erik = slack.person("erik")

    def tell(self) -> tuple[str, str]:
        """Play it. Returns the incident's number and the review as it was uploaded."""
        self._wait_until_people_are_known()
        scene = self._open()
        self._ask_who(scene)
        self._take_roles(scene)
        self._walk(scene)
        self._find_out(scene)
        self._update(scene)
        self._mitigate(scene)
        review = self._resolve(scene)
        self._nag(scene)
        self._monday()
        self._narrator.catch_up()
        return scene.number, review

    def _wait_until_people_are_known(self) -> None:
        """The first sync of the catalogue asks Slack who its owners are."""
        wanted = sum(not person["deleted"] and not person.get("is_bot") for person in self._slack.people()) // 2
        self._until(lambda: sum(c["method"] == "users.lookupByEmail" for c in self._slack.calls()) >= wanted)

    def _until(self, true: Callable[[], object], timeout: float = 15) -> None:
        self._slack.wait_for(lambda: bool(true()) or None, timeout=timeout)

    def _let_pass(self, minutes: float) -> None:
        self._settle()
        self._slack.advance(minutes * 60)
        time.sleep(0.15)  # the bot asks for the time ten times a second

    def _open(self) -> Scene:
        self._tell(
            "Open",
            f"Erik sees that {self._model} looks wrong. One line opens a channel with the right people in it, "
            "whoever is on call first.",
            who=self._erik.id,
            channel="general",
        )
        reply = self._erik.command(f"open {self._model} {self._title}", channel="general")
        found = _NUMBER.search(reply.text)
        if found is None:
            raise RuntimeError(f"the bot did not open an incident: {reply.text or reply.error}")
        scene = Scene(self._slack, number=found.group(), opener=self._erik)
        scene.wait_until_usable()
        self._narrator.look(who=self._erik.id, channel=scene.channel)
        self._narrator.catch_up()
        return scene

    def _ask_who(self, scene: Scene) -> None:
        self._tell(
            "Who owns this?",
            f"Everything known of {self._model}, and which registry said it. What is not known is UNKNOWN.",
            who=self._erik.id,
            channel=scene.channel,
        )
        self._erik.command(f"who {self._model}", channel=scene.channel)
        self._narrator.catch_up()

    def _take_roles(self, scene: Scene) -> None:
        self._tell(
            "Roles",
            "Nobody is made commander silently. Whoever takes a role gets instructions in private.",
            who=self._erik.id,
            channel=scene.channel,
        )
        self._let_pass(1)
        scene.cast()
        scene.commander.command(f"role commander <@{scene.commander.id}>", channel=scene.channel)
        scene.commander.command(f"role ml-lead <@{scene.lead.id}>", channel=scene.channel)
        scene.commander.command(f"role comms <@{scene.comms.id}>", channel=scene.channel)
        self._settle()

    def _walk(self, scene: Scene) -> None:
        self._tell(
            "The playbook",
            "One step at a time, edited in place. A decision has one button per answer.",
            who=scene.commander.id,
            channel=scene.channel,
        )
        self._let_pass(2)
        scene.press(scene.commander, "Done")
        self._let_pass(2)
        first_bad = self._now() - timedelta(minutes=47)
        scene.press(
            scene.lead,
            "Yes, it is real",
            second_signal="100 requests sent by hand: every answer is the same",
            detected_by="a business number",
            first_bad=f"{first_bad:%Y-%m-%d %H:%M}",
        )
        self._settle()

    def _find_out(self, scene: Scene) -> None:
        self._tell(
            "The timeline",
            "People talk as always. A pin puts a message on the timeline, with its own time.",
            who=scene.commander.id,
            channel=scene.channel,
        )
        self._let_pass(3)
        asked = scene.commander.say(scene.channel, f"What changed before {self._model} went wrong?")
        found = scene.lead.say(
            scene.channel,
            "The last version was promoted 50 minutes ago. The same requests are fine on the version before it.",
            asked,
        )
        scene.commander.react(scene.channel, found, "pushpin")
        self._erik.command("note 200 requests and their scores are kept in the incident folder", channel=scene.channel)
        self._tell(
            "A better playbook",
            "It is the rollout, so the team changes to the playbook for that.",
            who=scene.commander.id,
            channel=scene.channel,
        )
        scene.lead.command("playbook bad-rollout", channel=scene.channel)
        self._settle()
        self._let_pass(2)
        scene.press(scene.lead, "Done", share="95 % the new version, 5 % the one before it")
        scene.walk_to("Roll back to", scene.lead, _ANSWERS, _EVIDENCE)
        self._settle()

    def _update(self, scene: Scene) -> None:
        self._tell(
            "Stakeholders",
            "They read the announcement and its thread, and know when the next word comes.",
            who=self._slack.person(READER).id,
            channel="ml-incidents",
        )
        self._let_pass(1)
        scene.comms.command("update", channel=scene.channel)
        scene.submit(
            scene.comms,
            {
                "updates.impact": f"What {self._model} answers has been wrong for about an hour: {self._title}",
                "updates.changed": "We found that the last version is bad, and the one before it is not",
                "updates.next-step": f"{scene.lead.name} goes back to the version before",
                "updates.unknown": "How many wrong answers were acted on",
            },
        )
        self._settle()

    def _mitigate(self, scene: Scene) -> None:
        self._tell(
            "Mitigated, verified",
            "Each change of status asks for the reason, while it is fresh.",
            who=scene.commander.id,
            channel=scene.channel,
        )
        self._let_pass(6)
        # No MLflow is connected here, so the rollback and the check after it are walked by hand.
        scene.by_hand(scene.lead, "Done by hand", "Alias set to the version before; it was the last one")
        scene.press(scene.lead, "Done")
        scene.by_hand(scene.lead, "It holds", "All six replicas report the version before")
        self._settle()
        scene.lead.command(
            "mitigate the alias points at the rollback version, and the endpoint confirms it", channel=scene.channel
        )
        self._let_pass(20)
        scene.commander.command(
            "status monitoring answers look right for twenty minutes in every region", channel=scene.channel
        )
        due = (self._now() + timedelta(days=7)).date()
        scene.commander.command(
            f"action Block a promotion when more than 1 % of scores are equal <@{scene.lead.id}> by {due}",
            channel=scene.channel,
        )
        self._settle()

    def _resolve(self, scene: Scene) -> str:
        self._tell(
            "Resolve",
            "It asks one thing: what ended it. The review is drafted from what was captured.",
            who=scene.commander.id,
            channel=scene.channel,
        )
        self._let_pass(30)
        scene.commander.command(
            "resolve rolling back to the version before ended it; the bad version is blocked", channel=scene.channel
        )
        self._until(lambda: any(message.get("files") for message in scene.messages()))
        self._settle()
        return self._slack.file_text(self._slack.files()[-1]["id"])

    def _nag(self, scene: Scene) -> None:
        author, due = self._author_and_due(scene)
        self._tell(
            "Days pass",
            "Nobody touches the review. Its author is reminded in working hours.",
            who=author.id,
            channel=author.dm_channel(),
        )
        zone = ZoneInfo(author.profile.get("tz") or "UTC")
        day = datetime.fromtimestamp(due, UTC).astimezone(zone) + timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
        self._move_to(day.replace(hour=10, minute=30))
        self._until(lambda: any("overdue" in message["text"] for message in author.dms()))
        self._narrator.catch_up()

    def _author_and_due(self, scene: Scene) -> tuple[Person, int]:
        shown = self._slack.wait_for(
            lambda: next((m["text"] for m in scene.messages() if m["text"].startswith("Review of")), None), timeout=10
        )
        named = re.search(r"<@(\w+)>", shown)
        due = _DUE.search(shown)
        if named is None or due is None:
            raise RuntimeError(f"the review's message names no author or no due time: {shown}")
        return self._slack.person(named.group(1)), int(due.group(1))

    def _monday(self) -> None:
        self._tell(
            "Next Monday, 09:00",
            "The ownership digest: what nobody looks after, and what is late.",
            who=self._slack.person(READER).id,
            channel="ml-ownership",
        )
        now = self._now()
        monday = (now + timedelta(days=7 - now.weekday())).replace(hour=9, minute=1)
        before = self._digests()
        self._move_to(monday)
        self._until(lambda: self._digests() > before)
        self._settle()

    def _digests(self) -> int:
        return sum(message["text"].startswith("Who owns what") for message in self._slack.messages("ml-ownership"))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._slack.clock()["now"], UTC)

    def _move_to(self, moment: datetime) -> None:
        self._slack.advance(max((moment - self._now()).total_seconds(), 0))

    def _settle(self) -> None:
        """Wait until the bot has said what it has to say, and show it."""
        quiet, seen = 0, -1
        for _ in range(100):
            calls: list[Json] = self._slack.calls()
            quiet = quiet + 1 if len(calls) == seen else 0
            seen = len(calls)
            if quiet >= 3:
                break
            time.sleep(0.05)
        self._narrator.catch_up()
