"""Facts said in channels, threads and direct messages, and the answers to clicks."""

from __future__ import annotations

from bot.effects import Answer, SayInDigestChannel, SayInIncident, SayToStakeholders, Tell
from bot.incidents.desk import Desk
from bot.slack import places
from bot.slack.channel import channel_of, incident_of
from bot.slack.errand import Errand, Learnt
from bot.slack.outcomes import Later, Refused
from bot.slack.posting import post, post_once

NO_THREAD = frozenset({"cannot_reply_to_message", "message_not_found", "thread_not_found"})


async def say_in_incident(errand: Errand[SayInIncident]) -> None:
    said = errand.effect
    channel = await errand.read(lambda desk: channel_of(incident_of(desk, said)))
    await post_once(errand, channel, text=said.text, blocks=said.blocks)


async def say_to_stakeholders(errand: Errand[SayToStakeholders]) -> None:
    """In the announcement's thread; beside it when somebody deleted the announcement."""
    said = errand.effect
    where = await errand.read(lambda desk: _thread(desk, said))
    if where is None:
        return
    channel, thread_ts = where
    try:
        await post_once(errand, channel, text=said.text, blocks=said.blocks, thread_ts=thread_ts)
    except Refused as no:
        if no.error not in NO_THREAD:
            raise
        await post_once(errand, channel, text=said.text, blocks=said.blocks)


def _thread(desk: Desk, said: SayToStakeholders) -> tuple[str, str] | None:
    incident = incident_of(desk, said)
    if incident.private or incident.kind != "real":  # never, whoever owed it
        return None
    if incident.announcement_channel is None or incident.announcement_ts is None:
        raise Later("the incident is not announced yet")
    return incident.announcement_channel, incident.announcement_ts


async def say_in_digest_channel(errand: Errand[SayInDigestChannel]) -> None:
    said = errand.effect
    channel = await places.place(errand, places.DIGEST)
    try:
        await post_once(errand, channel, text=said.text, blocks=said.blocks)
    except Refused as no:
        await places.forget_if_gone(errand, places.DIGEST, no)
        raise


async def tell(errand: Errand[Tell]) -> Learnt | None:
    """In the direct messages with this person. Slack opens them when they are posted to by the person's id, which
    saves a call that it lets be made fifty times a minute; only to look for what an earlier attempt said they are
    opened first."""
    said = errand.effect
    known = await places.known_direct(errand, said.user)
    if known is None and not errand.again:
        try:
            where, _ = await post(errand, said.user, key=errand.claimed.key, text=said.text, blocks=said.blocks)
        except Refused as no:
            if no.error != "channel_not_found":
                raise  # else: opening them says why
        else:
            return {"channel": where}
    channel = known or await places.direct(errand, said.user)
    await post_once(errand, channel, text=said.text, blocks=said.blocks)
    return None


def write_direct(desk: Desk, said: Tell, learnt: Learnt) -> None:
    """Remember where this person's direct messages are."""
    places.keep_direct(desk.tx, said.user, learnt["channel"])


async def answer(errand: Errand[Answer]) -> None:
    """Tried once: a second try could show it twice, and later it may not matter any more."""
    if errand.again:
        return
    said = errand.effect
    body: dict[str, object] = {"text": said.text}
    if said.blocks:
        body["blocks"] = said.blocks
    if said.replace:
        body["replace_original"] = True
    else:
        body.update(response_type="ephemeral", replace_original=False)
    try:
        await errand.slack.respond(said.response_url, body)
    except Later:
        return
