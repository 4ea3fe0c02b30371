"""files.*: an upload in three steps (reserve, send, complete), and what became of it."""

from __future__ import annotations

from bot.sandbox.blockkit import limit
from bot.sandbox.errors import SlackRefusal
from bot.sandbox.methods.call import Call, Handler
from bot.sandbox.methods.chat import read_blocks
from bot.sandbox.records import Channel, File, Json
from bot.sandbox.shapes import file_object

LONGEST_ALT_TEXT = 1000
LARGEST_SNIPPET = 1_000_000


def reserve(call: Call) -> Json:
    """Gives a file its id, and an address to which its bytes are sent."""
    length = call.args["length"]
    if length < 1:
        raise SlackRefusal("missing_argument", messages=["length must be at least 1"])
    alt_txt = call.args.get("alt_txt") or call.args.get("alt_text") or ""
    if len(alt_txt) > LONGEST_ALT_TEXT:
        raise SlackRefusal("alt_txt_too_large")
    snippet = call.args.get("snippet_type") or ""
    if snippet and length > LARGEST_SNIPPET:
        raise SlackRefusal("snippet_too_large")
    file = File(
        id=call.ws.new_id("F"),
        name=call.args["filename"],
        title=call.args["filename"],
        user=call.me,
        created=int(call.ws.now()),
        length=length,
        snippet_type=snippet,
        alt_txt=alt_txt,
    )
    call.ws.files[file.id] = file
    return {"upload_url": f"{call.ws.base_url}/upload/v1/{file.id}", "file_id": file.id}


def _uploaded(call: Call) -> list[tuple[File, str]]:
    found = []
    for wanted in call.args["files"]:
        if not set(wanted) <= {"id", "title", "highlight_type"} or not isinstance(wanted.get("id"), str):
            raise SlackRefusal("invalid_arguments", messages=["must match the schema of files [json-pointer:/files]"])
        file = call.ws.files.get(wanted["id"])
        # An upload can be completed once, and only when its bytes have arrived.
        if file is None or file.content is None or file.completed:
            raise SlackRefusal("file_not_found")
        found.append((file, str(wanted.get("title") or file.name)))
    return found


def _destinations(call: Call) -> list[Channel]:
    ids = [one for one in (call.args.get("channels") or "").replace(" ", "").split(",") if one]
    if call.args.get("channel_id"):
        ids.append(call.args["channel_id"])
    if len(ids) > limit("files.complete.channels"):
        raise SlackRefusal("channels_limit_exceeded")
    channels = []
    for one in dict.fromkeys(ids):
        call.args["channel_id"] = one
        channels.append(call.place("channel_id", member=True, alive=True))
    return channels


def complete(call: Call) -> Json:
    """Finishes uploads, and shares them in channels when any are named."""
    channels, uploads = _destinations(call), _uploaded(call)
    blocks = read_blocks(call)
    for file, title in uploads:
        file.title = title
    for channel in channels:
        message = call.ws.post(
            channel.id,
            user_id=call.me,
            text=call.args.get("initial_comment") or "",
            blocks=blocks,
            thread_ts=call.args.get("thread_ts") or None,
            files=[file.id for file, _ in uploads],
            by_bot=True,
        )
        for file, _ in uploads:
            file.shares.append((channel.id, message.ts))
    for file, _ in uploads:
        file.completed = True
    # Slack shares when it has scanned: where a file went is known from files.info, not from this answer.
    return {"files": [{"id": file.id, "title": file.title} for file, _ in uploads]}


def info(call: Call) -> Json:
    """A finished file, with where it was shared."""
    file = call.ws.files.get(call.args["file"])
    if file is None or not file.completed:
        raise SlackRefusal("file_not_found")
    body: Json = {"file": file_object(call.ws, file), "comments": []}
    if file.content is not None:
        body["content"] = file.content[:5000].decode("utf-8", "replace")
    return body | {"response_metadata": {"next_cursor": ""}}


HANDLERS: dict[str, Handler] = {
    "files.getUploadURLExternal": reserve,
    "files.completeUploadExternal": complete,
    "files.info": info,
}
