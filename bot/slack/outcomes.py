"""How doing an effect can end when it is not done: Later or Never, and which of Slack's refusals means which."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

LONGEST_WAIT_S = 300.0
MOST_ATTEMPTS = 400
"""About a day of waiting five minutes each time."""


class Later(Exception):  # an outcome rather than an error
    """It did not work and may work later: after `delay` seconds where that is known, else after a growing wait."""

    def __init__(
        self, reason: str, *, delay: float | None = None, untouched: bool = False, most_attempts: int = MOST_ATTEMPTS
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.delay = delay
        self.untouched = untouched
        """Slack surely did nothing, so the attempt does not count."""
        self.most_attempts = most_attempts

    def wait(self, attempts: int) -> timedelta:
        """How long to wait after this many attempts."""
        return timedelta(seconds=backoff(attempts) if self.delay is None else self.delay)


class Never(Exception):
    """It will not work until somebody changes something; the reason says what."""

    def __init__(self, reason: str, *, detail: str = "") -> None:
        super().__init__(f"{reason} ({detail})" if detail else reason)
        self.reason = reason
        """For people."""
        self.detail = detail
        """For operators: the method and Slack's own word."""


class Refused(Exception):
    """Slack answered and said no, in its own word; `answer` is all that it said."""

    def __init__(self, method: str, error: str, answer: Mapping[str, Any]) -> None:
        super().__init__(f"{method}: {error}")
        self.method = method
        self.error = error
        self.answer = answer


def backoff(attempts: int) -> float:
    """Seconds: ½, 1, 2, 4 … up to five minutes, a little less by chance so that what failed together spreads."""
    longest = min(LONGEST_WAIT_S, 2.0 ** min(attempts - 2, 16))
    return longest * random.uniform(0.6, 1.0)  # noqa: S311 - not a secret


# Slack's own trouble, or a token that an operator can replace: it heals without anybody retrying by hand.
_LATER: dict[str, tuple[str, float | None]] = {
    "internal_error": ("Slack had a fault of its own", None),
    "fatal_error": ("Slack had a fault of its own", None),
    "request_timeout": ("Slack did not get the whole request", None),
    "service_unavailable": ("Slack is not available", None),
    "update_failed": ("Slack could not change the message just now", None),
    "team_added_to_org": ("the workspace is being moved into an organisation", 60.0),
    "external_channel_migrating": ("the channel is being moved", 60.0),
    "accesslimited": ("Slack limits access to the workspace for now", 60.0),
    "not_authed": ("no Slack token was sent; set SLACK_BOT_TOKEN", 60.0),
    "invalid_auth": ("Slack does not know the bot's token; put the right one in SLACK_BOT_TOKEN", 60.0),
    "token_expired": ("the bot's Slack token has expired; put a new one in SLACK_BOT_TOKEN", 60.0),
    "token_revoked": ("the bot's Slack token was revoked; install the app again and set SLACK_BOT_TOKEN", 60.0),
    "account_inactive": ("the app was removed from the workspace; install it again and set SLACK_BOT_TOKEN", 60.0),
}

_NEVER: dict[str, str] = {
    "channel_not_found": "the channel does not exist, or is private without the bot in it; invite @ml-incident to it",
    "not_in_channel": "the bot is not in the channel; invite @ml-incident to it",
    "is_archived": "the channel was archived; unarchive it",
    "restricted_action": "the workspace does not let apps do this; an administrator of Slack can allow it",
    "restricted_action_read_only_channel": "only some people may post in the channel; an administrator can add the app",
    "restricted_action_thread_only_channel": "the channel takes threads only; an administrator can change that",
    "cannot_create_channel": "the workspace does not let the app create channels; an administrator can allow it",
    "access_denied": "the workspace does not give the app access; an administrator of Slack can allow it",
    "no_permission": "the token may not do this; install the app again with the scopes of `ml-incident manifest`",
    "not_allowed_token_type": "the token is of the wrong kind; SLACK_BOT_TOKEN must begin with xoxb-",
    "ekm_access_denied": "an administrator has suspended reading and posting in the workspace",
    "enterprise_is_restricted": "the organisation does not let apps do this; an administrator can allow it",
    "org_login_required": "the organisation is being moved; retry when that is over",
    "invalid_blocks": "Slack did not accept how the message is laid out",
    "invalid_blocks_format": "Slack did not accept how the message is laid out",
    "msg_blocks_too_long": "the message is longer than Slack takes",
    "msg_too_long": "the message is longer than Slack takes",
    "no_text": "the message is empty",
    "too_long": "the text is longer than Slack takes",
    "message_not_found": "the message was deleted",
    "user_not_found": "Slack does not know this person",
    "user_disabled": "this person's Slack account is deactivated",
    "user_not_visible": "the bot may not see this person",
    "messages_tab_disabled": "the app takes no direct messages; turn on its Messages tab in the app's settings",
    "cannot_dm_bot": "bots cannot be sent direct messages",
    "too_many_pins": "the channel has as many pins as Slack allows; remove one",
    "too_many_bookmarks": "the channel has as many bookmarks as Slack allows; remove one",
    "storage_limit_reached": "the workspace has no room for files",
    "file_uploads_disabled": "the workspace does not take files; an administrator of Slack can allow them",
}

RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "too_many_requests"})


def meaning(refused: Refused) -> Later | Never:
    """What a refusal that its doer has no own answer for means."""
    if refused.error in _LATER:
        reason, delay = _LATER[refused.error]
        return Later(f"{reason} ({refused})", delay=delay)
    if refused.error == "missing_scope":
        needed = refused.answer.get("needed")
        which = f"the scope {needed}" if needed else "a scope"
        return Never(f"the app lacks {which}; add it in its settings and install it again", detail=str(refused))
    return Never(_NEVER.get(refused.error, "Slack refused"), detail=f"{refused}{_details(refused)}")


def _details(refused: Refused) -> str:
    said = refused.answer.get("response_metadata")
    messages = said.get("messages") if isinstance(said, Mapping) else None
    return f": {'; '.join(map(str, messages))[:400]}" if isinstance(messages, list) and messages else ""
