"""The form for a note."""

from __future__ import annotations

from bot.views.blocks import Block, context, input_block, modal, text_input
from bot.views.ids import Timeline
from bot.views.text import esc


def note_form(*, incident: int, name: str) -> Block:
    """Words for the timeline."""
    blocks = [
        context(f"{esc(name, 300)}. To keep a message that is there already, react to it with :pushpin:"),
        input_block(
            "What happened?",
            text_input(Timeline.TEXT, multiline=True, placeholder="What you saw, did or decided, and why"),
            block_id=Timeline.TEXT,
        ),
    ]
    metadata = {"incident": incident}
    return modal("Add to the timeline", blocks, callback_id=Timeline.NOTE_FORM, submit="Add", metadata=metadata)
