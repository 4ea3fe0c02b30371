"""What can be typed, generated from the words themselves, so that it lists only what exists."""

from __future__ import annotations

from bot.grammar import WORDS
from bot.incidents.desk import Answer, Command, Desk, Feature
from bot.requests import Help
from bot.views.lists import help_blocks


def show_help(desk: Desk, request: Help, command: Command) -> Answer:
    """Every word with its usage."""
    del desk, request, command
    anywhere = [(word.usage, word.help) for word in WORDS if not word.in_channel]
    in_channel = [(word.usage, word.help) for word in WORDS if word.in_channel]
    text, blocks = help_blocks(anywhere, in_channel)
    return Answer(text=text, blocks=blocks)


FEATURE = Feature(commands={Help: show_help})
