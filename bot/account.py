"""Our own account at Slack: who we are there, and whether Slack answered lately. Asked in the background."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.addresses import is_here

log = logging.getLogger(__name__)


@dataclass
class Account:
    """What is known so far. Starts empty, because Slack being down must not stop the bot from starting."""

    token: str
    api_url: str
    team_id: str | None = None
    user_id: str | None = None
    bot_id: str | None = None
    problem: str | None = "Slack was not asked yet."
    """Why Slack cannot be used now, in a sentence; None when the last call worked."""

    def greet(self) -> None:
        """Ask Slack who we are (`auth.test`). Raises nothing; what went wrong is in `problem`."""
        before = self.problem
        try:
            client = WebClient(token=self.token, base_url=self.api_url, timeout=5, retry_handlers=[])
            if is_here(self.api_url):
                client.proxy = None
            answer = client.auth_test()
        except SlackApiError as refused:
            self.problem = f"Slack refuses the bot token ({refused.response['error']}); check SLACK_BOT_TOKEN."
        except Exception as unreachable:  # the client lets through a dozen kinds
            self.problem = f"Slack does not answer at {self.api_url} ({type(unreachable).__name__})."
        else:
            self.problem = None
            self.team_id, self.user_id, self.bot_id = answer["team_id"], answer["user_id"], answer.get("bot_id")
            if before is not None:
                log.info("connected to the workspace %s as %s", answer.get("team"), answer.get("user"))
        if self.problem is not None and self.problem != before:
            log.warning("%s It is asked again every minute.", self.problem)

    def learn_user(self, authorizations: object) -> None:
        """Take our user id from an event's `authorizations`, while `auth.test` has not told it yet."""
        if self.user_id is not None or not isinstance(authorizations, list):
            return
        for entry in authorizations:
            if isinstance(entry, dict) and entry.get("is_bot"):
                self.user_id, self.team_id = entry.get("user_id"), self.team_id or entry.get("team_id")
