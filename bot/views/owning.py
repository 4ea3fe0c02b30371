"""Whose a model is: the buttons to confirm it, to say no and to hand it over, and what others are asked then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.views.blocks import Block, actions, context, input_block, modal, person_menu, text_input
from bot.views.ids import Owning
from bot.views.text import button, esc, one_line, person, section

MOST_ASKED: Final = 15
"""Models that one message asks about."""


def owner_buttons(model: str) -> Block:
    """What the owner of a model may say about it."""
    return actions(
        button("Still mine", Owning.STILL_MINE, model, style="primary", label=f"Still mine: {one_line(model, 60)}"),
        button("Hand over to…", Owning.HAND_OVER, model, label=f"Hand over: {one_line(model, 60)}"),
        button("Not mine any more", Owning.NOT_MINE, model, label=f"Not mine any more: {one_line(model, 50)}"),
    )


def orphan_buttons(model: str) -> Block:
    """What somebody may do about a model that nobody owns."""
    return actions(
        button(
            "Mine from now on", Owning.TAKE, model, style="primary", label=f"Mine from now on: {one_line(model, 50)}"
        ),
        button("Hand over to…", Owning.HAND_OVER, model, label=f"Hand over: {one_line(model, 60)}"),
    )


def orphaned(models: Sequence[tuple[str, str]], why: str) -> tuple[str, list[Block]]:
    """(text, blocks) for the one who is asked whose models are that nobody owns any more; each is (name, title)."""
    said = [f"*{esc(title, 150)}* `{esc(name, 100)}`" for name, title in models[:MOST_ASKED]]
    if len(models) == 1:
        text = f"{said[0]} has no owner: {why} Who looks after it from now on?"
        return text, [section(text), orphan_buttons(models[0][0])]
    head = f"{len(models)} models have no owner: {why} Who looks after them from now on?"
    blocks = [section(head)]
    for (name, _), line in zip(models, said, strict=False):
        blocks += [section(line), orphan_buttons(name)]
    if left := len(models) - len(said):
        more = f"And {left} more; `/ml-incident models mine` shows them."
        said.append(more)
        blocks.append(context(more))
    return "\n".join([head, *said]), blocks


def hand_over_form(model: str, title: str, *, besides: str = "") -> Block:
    """To whom, and why; `besides` is what else comes of it."""
    return modal(
        "Hand over a model",
        [
            section(f"*{esc(title, 150)}* `{esc(model, 100)}`" + (f"\n{besides}" if besides else "")),
            input_block("Who owns it from now on?", person_menu(Owning.TO), block_id=Owning.TO),
            input_block(
                "What should they know?",
                text_input(Owning.WHY, multiline=True, longest=500),
                block_id=Owning.WHY,
                optional=True,
            ),
        ],
        callback_id=Owning.HAND_OVER_FORM,
        submit="Hand over",
        metadata={"model": model},
    )


def asked_next(user: str | None) -> str:
    """Who is asked about a model that somebody gives up."""
    if user is None:
        return "Slack reaches neither its team lead nor a backup owner, so it has no owner until somebody takes it."
    return f"{person(user)} is asked who takes it."


def not_mine_form(model: str, title: str, *, besides: str) -> Block:
    """Why, so that whoever is asked next knows; `besides` says who that is."""
    return modal(
        "Not mine any more",
        [
            section(f"*{esc(title, 150)}* `{esc(model, 100)}`\n" + besides),
            input_block(
                "Why, and who could take it?",
                text_input(Owning.WHY, multiline=True, longest=500),
                block_id=Owning.WHY,
            ),
        ],
        callback_id=Owning.NOT_MINE_FORM,
        submit="Not mine",
        metadata={"model": model},
    )


def also_in_mlflow(tags: tuple[str, str]) -> str:
    """What somebody who says whose a model is reads besides."""
    return f"MLflow's tags {_tag(tags[0])} and {_tag(tags[1])} are set too."


def not_in_mlflow(tags: tuple[str, str]) -> str:
    """What somebody who gives a model up reads besides."""
    return f"MLflow's tag {_tag(tags[0])} stays as it is until somebody takes it."


def tag_left(model: str, tag: str, there: str, meant: str) -> str:
    """For whoever named an owner, while somebody else had changed the tag."""
    return (
        f"MLflow's tag {_tag(tag)} of `{esc(model, 100)}` says {esc(there, 150)}. Somebody set it by hand, so the bot "
        f"left it as it is. If you are right, set it in MLflow to `{esc(meant, 150)}`."
    )


def tags_not_set(reason: str, *, can_be_retried: bool) -> str:
    """For whoever runs the bot."""
    text = f"An owner who was named in Slack is not in MLflow: {esc(reason, 700)} In Slack it counts all the same."
    if not can_be_retried:
        return text
    return f"{text} `ml-incident outbox list --dead` lists what waits for that, and how it is tried again."


def _tag(name: str) -> str:
    return f"`{esc(name, 100)}`"


def is_it_yours(models: Sequence[tuple[str, str, str]], *, asked_by: str = "") -> tuple[str, list[Block]]:
    """(text, blocks) for somebody who may own models that have no owner; each is (name, title, why they may)."""
    which = "this model" if len(models) == 1 else f"these {len(models)} models"
    whose = f"{asked_by} thinks that you may own {which}." if asked_by else f"Do you own {which}?"
    said = f"{whose} No registry names an owner, and nobody is made one without saying so."
    blocks = [section(said)]
    for name, title, why in models:
        hint = f"\n{esc(one_line(why, 300), 500)}" if why else ""
        blocks.append(section(f"*{esc(title, 150)}* `{esc(name, 100)}`{hint}"))
        label = one_line(name, 50)
        blocks.append(
            actions(
                button("Yes, mine", Owning.YES, name, style="primary", label=f"Yes, mine: {label}"),
                button("No", Owning.NO, name, label=f"No, not mine: {label}"),
                button("Ask …", Owning.ASK, name, label=f"Ask somebody else: {label}"),
            )
        )
    return said, blocks


def ask_form(model: str, title: str) -> Block:
    """Who is asked instead."""
    return modal(
        "Ask somebody else",
        [
            section(f"*{esc(title, 150)}* `{esc(model, 100)}` has no owner. They are asked in a direct message."),
            input_block("Whose may it be?", person_menu(Owning.TO), block_id=Owning.TO),
        ],
        callback_id=Owning.ASK_FORM,
        submit="Ask",
        metadata={"model": model},
    )
