"""Opening an incident: by words, by a form, for a model nobody knows, or beside one that is open already."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.effects import CreateChannel, Invite
from bot.incidents import on_call, related
from bot.incidents.declaring import Declaration, declare
from bot.incidents.desk import Answer, Click, Command, Desk, Feature, FieldErrors, Submission
from bot.incidents.finding import brief, briefs
from bot.incidents.joining import note_channel, note_invited
from bot.incidents.lineages import upstream_card
from bot.incidents.model_names import LONGEST_MODEL, closest, known_model, split_model
from bot.incidents.wording import words
from bot.requests import Open
from bot.views import opening as views
from bot.views.ids import Opening
from bot.views.text import clean, cut, esc, one_line
from playbooks.lifecycle import FAILURE_MODES, Severity
from playbooks.permissions import Standing, check_permission
from storage import catalogue, incidents, listing, people

__all__ = ["FEATURE", "Declaration", "declare"]

_CLOSE_NAMES = 3
_BUTTON_HOLDS = 2000


def open_incident(desk: Desk, request: Open, command: Command) -> Answer:
    """`open`: at once where model and words are given, else through a form."""
    if request.model is None:
        return Answer(text="Open an incident", modal=_form(desk, opened_from=command.channel))
    said = words(desk, f"{request.model} {request.what or ''}", views.LONGEST_WHAT + LONGEST_MODEL)
    if not said:
        return Answer(text="Open an incident", modal=_form(desk, opened_from=command.channel))
    model, what, known = split_model(desk.tx, said)
    if not known and (upstream := related.split_upstream(desk, said)) is not None:
        (model, what), known = upstream, True
    what = cut(what, views.LONGEST_WHAT)
    if not known:
        return _ask_which(desk, model, what, opened_from=command.channel)
    if not what:
        return Answer(text="What is wrong?", modal=_form(desk, opened_from=command.channel, model=model))
    declaration = Declaration(model=model, what=what, opened_from=command.channel)
    if (there := _already_open(desk, declaration)) is not None:
        another = _packed(declaration, asking=command.trigger_id)
        (about,) = briefs(desk, [there.incident])
        together = there.join_with(model, what)
        text, blocks = views.already_open(about, desk.policy, another=another, why=there.why, together=together)
        return Answer(text=text, blocks=blocks)
    return _opened(desk, declaration)


def _form(desk: Desk, *, opened_from: str | None, model: str | None = None) -> dict[str, Any]:
    card = catalogue.card(desk.tx, model) or upstream_card(desk.tx, model, now=desk.now) if model else None
    return views.form(
        desk.policy,
        model=(card.name, card.title) if card else None,
        severity=desk.policy.severity_for(card.tier) if card else None,
        metadata={"from": opened_from},
    )


def _ask_which(desk: Desk, typed_name: str, what: str, *, opened_from: str) -> Answer:
    cards = closest(desk.tx, typed_name, limit=_CLOSE_NAMES)
    view = views.unknown_model_form(
        desk.policy,
        typed=typed_name,
        close=[(card.name, card.title) for card in cards],
        what=what,
        metadata={"from": opened_from, "typed": typed_name, "close": [card.name for card in cards]},
    )
    return Answer(text=f"The catalogue knows no model “{esc(typed_name, 200)}”.", modal=view)


def _already_open(desk: Desk, said: Declaration) -> related.Related | None:
    """The model's open incident, or one that may be the same, if this person may know of it; to others a new one
    opens."""
    _check_may_open(desk, said.model)
    incidents.take_turn(desk.tx, said.model)
    there = incidents.open_for_model(desk.tx, said.model, user=desk.by)
    return related.related_open(desk, said.model) if there is None else related.Related(incident=there)


def _check_may_open(desk: Desk, model: str) -> None:
    if desk.policy.who_may("open") != "owner":
        return  # nobody has a role before there is an incident, and whoever asks would be its opener
    card = catalogue.card(desk.tx, model)
    cards = [card] if card else related.cards_of_readers(desk, model)
    named = [contact for one in cards for key in ("owner", "owner.backup") for contact in one.contacts(key)]
    is_owner = any(user == desk.by for user, _ in people.who_are(desk.tx, named))
    check_permission(desk.policy, "open", Standing(is_owner=is_owner))


def _opened(desk: Desk, said: Declaration, *, replacing: bool = False) -> Answer:
    incident = declare(desk, said)
    text = f"{views.opened(brief(incident), desk.policy)} {on_call.in_words(desk, incident)}".strip()
    return Answer(text=text, replace=replacing)


def submit_form(desk: Desk, sent: Submission) -> Answer | FieldErrors:
    """The form of `open`: the model is one of the catalogue, or the name as it was typed."""
    chosen = str(sent.values.get(Opening.MODEL) or "")
    as_typed = chosen.removeprefix(views.TYPED_MARK)
    name = as_typed if chosen.startswith(views.TYPED_MARK) else chosen
    return _submitted(desk, sent, known_model(desk.tx, name) or one_line(name, LONGEST_MODEL))


def submit_unknown_model(desk: Desk, sent: Submission) -> Answer | FieldErrors:
    """The form for an unknown model: one of the closest names, or the one that was typed."""
    chosen = str(sent.values.get(Opening.MODEL) or "")
    close = sent.metadata.get("close") or []
    is_close = chosen.isdigit() and int(chosen) < len(close)
    name = close[int(chosen)] if is_close else sent.metadata.get("typed")
    return _submitted(desk, sent, str(name or ""))


def _submitted(desk: Desk, sent: Submission, model: str) -> Answer | FieldErrors:
    model = related.spelled(desk, model)
    what = cut(clean(str(sent.values.get(Opening.WHAT) or "")).strip(), views.LONGEST_WHAT)
    errors = {}
    if not model:
        errors[Opening.MODEL.value] = "Choose a model, or type its name."
    if not what:
        errors[Opening.WHAT.value] = "Say in a few words what is wrong."
    if errors:
        return FieldErrors(errors=errors)
    severity = sent.values.get(Opening.SEVERITY)
    mode = str(sent.values.get(Opening.FAILURE_MODE) or "unknown")
    said = Declaration(
        model=model,
        what=what,
        severity=None if severity in {None, views.BY_TIER} else Severity.parse(str(severity)),
        failure_mode=mode if mode in FAILURE_MODES else "unknown",
        private="private" in (sent.values.get(Opening.PRIVATE) or []),
        opened_from=sent.metadata.get("from"),
    )
    there = _already_open(desk, said)
    if there is None:
        return _opened(desk, said)
    (about,) = briefs(desk, [there.incident])
    together = None if said.private else there.join_with(model, what)
    view = views.already_open_form(about, desk.policy, metadata=_parts(said), why=there.why, together=together)
    return Answer(text=views.already_open_text(about, desk.policy, why=there.why), modal=view)


def submit_separate(desk: Desk, sent: Submission) -> Answer:
    """It is something else: open another, as the form before this one said."""
    said = _from_parts(sent.metadata)
    _check_may_open(desk, said.model)
    return _opened(desk, said)


def click_separate(desk: Desk, click: Click) -> Answer:
    """The same by a button under the command's answer; a second click opens nothing more."""
    parts = json.loads(click.value)
    said, asking = _from_parts(parts), parts["k"]
    _check_may_open(desk, said.model)
    if not desk.tx.first_time(f"separate:{asking}:{desk.by}", now=datetime.now(UTC)):  # real time, as all requests
        return Answer(text="Another one is open already; `/ml-incident list` shows it.", replace=True)
    return _opened(desk, replace(said, opened_from=click.channel), replacing=True)


def _packed(said: Declaration, *, asking: str) -> str:
    """What was said, for a button; `asking` names the one time it was said."""
    packed = ""
    for room in (len(said.what), 900, 450):  # what has to be escaped takes twice its length
        parts = {**_parts(replace(said, what=cut(said.what, room))), "k": asking}
        packed = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
        if len(packed) <= _BUTTON_HOLDS:
            break
    return packed


def _parts(said: Declaration) -> dict[str, Any]:
    return {
        "m": said.model,
        "w": said.what,
        "s": said.severity.value if said.severity else None,
        "f": said.failure_mode,
        "p": said.private,
        "c": said.opened_from,
    }


def _from_parts(parts: dict[str, Any]) -> Declaration:
    return Declaration(
        model=parts["m"],
        what=parts["w"],
        severity=Severity.parse(parts["s"]) if parts["s"] else None,
        failure_mode=parts["f"],
        private=parts["p"],
        opened_from=parts["c"],
    )


def show_form(desk: Desk, click: Click) -> Answer:
    """The form, by a button."""
    return Answer(text="Open an incident", modal=_form(desk, opened_from=click.channel))


def suggest_models(desk: Desk, so_far: str) -> list[dict[str, Any]]:
    """Models for what was typed so far: names of the catalogue only, never of an incident."""
    query = one_line(so_far, LONGEST_MODEL - 1)
    return views.suggestions(listing.matching(desk.tx, query, limit=99), query)


FEATURE = Feature(
    commands={Open: open_incident},
    clicks={Opening.SEPARATE: click_separate, Opening.START: show_form},
    submissions={
        Opening.FORM: submit_form,
        Opening.UNKNOWN_MODEL: submit_unknown_model,
        Opening.SEPARATE_FORM: submit_separate,
    },
    suggestions={Opening.MODEL: suggest_models},
    learnt={CreateChannel: note_channel, Invite: note_invited},
)
