"""Every served method of the Web API, one module per family; `HANDLERS` is what the route looks them up in."""

from __future__ import annotations

from bot.sandbox.methods import (
    bookmarks,
    channel_changes,
    chat,
    conversations,
    files,
    history,
    reactions,
    team,
    views,
)
from bot.sandbox.methods.call import Handler

HANDLERS: dict[str, Handler] = {
    **bookmarks.HANDLERS,
    **channel_changes.HANDLERS,
    **chat.HANDLERS,
    **conversations.HANDLERS,
    **files.HANDLERS,
    **history.HANDLERS,
    **reactions.HANDLERS,
    **team.HANDLERS,
    **views.HANDLERS,
}
