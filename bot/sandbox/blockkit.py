"""Block Kit as Slack checks it: the schema and the limits compiled once into functions that list what is wrong."""

from __future__ import annotations

import functools
import json
import secrets
from pathlib import Path
from typing import Any

from bot.sandbox.blockschema import Check, Compiler
from bot.sandbox.records import Json

CONTRACT = Path(__file__).with_name("contract")

# limit id -> where it applies: "Definition.property", with `[]` for the items of a list; `*` is every definition.
# A limit on a text object holds for its text.
WHERE: dict[str, tuple[str, ...]] = {
    "modal.blocks": ("ModalView.blocks",),
    "home.blocks": ("HomeView.blocks",),
    "view.private_metadata": ("ModalView.private_metadata", "HomeView.private_metadata"),
    "view.callback_id": ("ModalView.callback_id", "HomeView.callback_id"),
    "view.external_id": ("ModalView.external_id", "HomeView.external_id"),
    "modal.title": ("ModalView.title",),
    "modal.submit": ("ModalView.submit",),
    "modal.close": ("ModalView.close",),
    "block_id": ("*.block_id",),
    "action_id": ("*.action_id",),
    "text.min": ("PlainTextElement.text", "MrkdwnElement.text"),
    "text.max": ("PlainTextElement.text", "MrkdwnElement.text"),
    "section.text": ("SectionBlock.text",),
    "section.fields": ("SectionBlock.fields",),
    "section.fields.text": ("SectionBlock.fields.[]",),
    "header.text": ("HeaderBlock.text",),
    "actions.elements": ("ActionsBlock.elements",),
    "context.elements": ("ContextBlock.elements",),
    "context_actions.elements": ("ContextActionsBlock.elements",),
    "image.alt_text": ("ImageBlock.alt_text", "ImageElement.alt_text"),
    "image.title": ("ImageBlock.title",),
    "image.image_url": ("ImageBlock.image_url", "ImageElement.image_url"),
    "input.label": ("InputBlock.label",),
    "input.hint": ("InputBlock.hint",),
    "markdown.text": ("MarkdownBlock.text",),
    "video.title": ("VideoBlock.title",),
    "video.author_name": ("VideoBlock.author_name",),
    "table.rows": ("TableBlock.rows",),
    "table.row.cells": ("TableBlock.rows.[]",),
    "table.column_settings": ("TableBlock.column_settings",),
    "card.title": ("CardBlock.title",),
    "card.subtitle": ("CardBlock.subtitle",),
    "card.body": ("CardBlock.body",),
    "carousel.elements": ("CarouselBlock.elements",),
    "carousel.elements.min": ("CarouselBlock.elements",),
    "container.title": ("ContainerBlock.title",),
    "container.child_blocks": ("ContainerBlock.child_blocks",),
    "button.text": ("Button.text", "WorkflowButton.text"),
    "button.value": ("Button.value",),
    "button.url": ("Button.url",),
    "button.agent_prompt": ("Button.agent_prompt",),
    "accessibility_label": ("*.accessibility_label",),
    "placeholder": ("*.placeholder",),
    "select.options": ("StaticSelect.options", "MultiStaticSelect.options"),
    "select.option_groups": ("StaticSelect.option_groups", "MultiStaticSelect.option_groups"),
    "option_group.options": (
        "StaticSelect.option_groups.[].options",
        "MultiStaticSelect.option_groups.[].options",
    ),
    "option_group.label": (
        "StaticSelect.option_groups.[].label",
        "MultiStaticSelect.option_groups.[].label",
    ),
    "option.text": ("PlainTextOption.text", "MrkdwnOption.text"),
    "option.description": ("PlainTextOption.description", "MrkdwnOption.description"),
    "option.url": ("PlainTextOption.url", "MrkdwnOption.url"),
    "option.value": ("PlainTextOption.value", "MrkdwnOption.value"),
    "checkboxes.options": ("Checkboxes.options",),
    "radio_buttons.options": ("RadioButtons.options",),
    "overflow.options": ("Overflow.options",),
    "overflow.options.min": ("Overflow.options",),
    "plain_text_input.min_length": ("PlainTextInput.min_length",),
    "plain_text_input.max_length": ("PlainTextInput.max_length",),
    "file_input.max_files": ("FileInput.max_files",),
    "file_input.max_files.min": ("FileInput.max_files",),
    "confirm.title": ("ConfirmationDialog.title",),
    "confirm.text": ("ConfirmationDialog.text",),
    "confirm.confirm": ("ConfirmationDialog.confirm",),
    "confirm.deny": ("ConfirmationDialog.deny",),
}

# Lists that Slack refuses when they are there and empty.
NEVER_EMPTY = (
    "ActionsBlock.elements",
    "ContextBlock.elements",
    "SectionBlock.fields",
    "StaticSelect.options",
    "MultiStaticSelect.options",
    "Checkboxes.options",
    "RadioButtons.options",
)

URLS = (
    "Button.url",
    "PlainTextOption.url",
    "MrkdwnOption.url",
    "ImageBlock.image_url",
    "ImageElement.image_url",
    "VideoBlock.video_url",
    "VideoBlock.thumbnail_url",
)


def limit(limit_id: str) -> int:
    """One of Slack's numbers, by its id in the contract."""
    number: int = limits()[limit_id]["limit"]
    return number


@functools.cache
def limits() -> dict[str, Any]:
    """Every limit of the contract by id: kind, limit, effect."""
    rows = json.loads((CONTRACT / "limits.json").read_text("utf-8"))["limits"]
    return {row["id"]: row for row in rows}


@functools.cache
def _compiler() -> Compiler:
    schema = json.loads((CONTRACT / "blockkit.json").read_text("utf-8"))
    compiler = Compiler(schema["definitions"])
    for limit_id, places in WHERE.items():
        row = limits()[limit_id]
        for place in places:
            compiler.bound(place, row["kind"], row["limit"])
    for place in NEVER_EMPTY:
        compiler.bound(place, "min_items", 1)
    for place in URLS:
        compiler.bound(place, "url", 1)
    return compiler


def _check(definition: str) -> Check:
    return _compiler().definition(definition)


def faults_in_blocks(blocks: list[Json], *, pointer: str = "/blocks", most: int | None = None) -> list[str]:
    """What Slack would complain about in a message's blocks, in Slack's manner; empty when they are fine."""
    faults: list[str] = []
    most = limit("message.blocks") if most is None else most
    if len(blocks) > most:
        faults.append(f"no more than {most} items allowed [json-pointer:{pointer}]")
    check = _check("KnownBlock")
    for number, block in enumerate(blocks):
        check(block, f"{pointer}/{number}", faults)
    return list(dict.fromkeys(faults)) or _faults_in_ids(blocks, pointer)


def faults_in_view(view: Json, *, pointer: str = "/view") -> list[str]:
    """What Slack would complain about in a modal or a Home tab."""
    kind = view.get("type")
    if kind not in ("modal", "home"):
        return [f"unsupported type: {kind} [json-pointer:{pointer}/type]"]
    faults: list[str] = []
    _check("ModalView" if kind == "modal" else "HomeView")(view, pointer, faults)
    if faults:
        return list(dict.fromkeys(faults))
    needs_submit = kind == "modal" and any(block["type"] == "input" for block in view["blocks"])
    if needs_submit and not view.get("submit"):
        faults.append(f"missing required field: submit, needed with input blocks [json-pointer:{pointer}]")
    return faults or _faults_in_ids(view["blocks"], f"{pointer}/blocks")


def faults_in_attachments(attachments: list[Json]) -> list[str]:
    """What Slack would complain about in the blocks of attachments."""
    faults: list[str] = []
    check = _check("MessageAttachment")
    for number, attachment in enumerate(attachments):
        check(attachment, f"/attachments/{number}", faults)
    return faults


def faults_in_metadata(metadata: Json) -> list[str]:
    """What Slack would complain about in a message's metadata."""
    faults: list[str] = []
    _check("MessageMetadata")(metadata, "/metadata", faults)
    return faults


def elements_of(block: Json) -> list[Json]:
    """The interactive elements of a block, wherever it keeps them."""
    found = [block.get("element"), block.get("accessory"), *block.get("elements", [])]
    return [one for one in found if isinstance(one, dict)]


def _faults_in_ids(blocks: list[Json], pointer: str) -> list[str]:
    faults: list[str] = []
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id in seen:
            faults.append(f"block_id already exists: {block_id} [json-pointer:{pointer}/{number}/block_id]")
        if block_id:
            seen.add(block_id)
        ids = [one["action_id"] for one in elements_of(block) if one.get("action_id")]
        if len(ids) != len(set(ids)):
            faults.append(f"`action_id` already exists for another element [json-pointer:{pointer}/{number}]")
        if any(not _chosen_are_offered(one) for one in elements_of(block)):
            faults.append(f"the initial option must be one of the options [json-pointer:{pointer}/{number}]")
    return faults


def _chosen_are_offered(element: Json) -> bool:
    groups = element.get("option_groups", ())
    offered = [*element.get("options", ()), *(one for group in groups for one in group["options"])]
    initial = element.get("initial_option")
    chosen = [*element.get("initial_options", ()), *([initial] if initial else [])]
    return not offered or all(one in offered for one in chosen)


def _new_id() -> str:
    return secrets.token_urlsafe(4)


_ACTIONABLE = frozenset({"button", "overflow", "checkboxes", "radio_buttons", "workflow_button", "icon_button"})


def _named(element: Json) -> Json:
    kind = element.get("type", "")
    if "action_id" in element:
        return element
    if kind in _ACTIONABLE or kind.endswith(("_select", "_input", "picker")):
        return {**element, "action_id": _new_id()}
    return element


def with_ids(blocks: list[Json]) -> list[Json]:
    """The blocks with a block_id and action_ids of Slack's making where the app gave none."""
    named: list[Json] = []
    for block in blocks:
        copy = {**block, "block_id": block.get("block_id") or _new_id()}
        if block["type"] in ("actions", "context_actions"):
            copy["elements"] = [_named(one) for one in block["elements"]]
        for place in ("element", "accessory"):
            if isinstance(copy.get(place), dict):
                copy[place] = _named(copy[place])
        named.append(copy)
    return named
