"""What the team and stakeholders see of an incident, drawn at delivery from what is true then."""

from __future__ import annotations

from typing import Any

from bot.effects import DrawAnnouncement, DrawCard, SetBookmarks, SetTopic
from bot.incidents.affected import impact_lines
from bot.incidents.desk import Desk, Drawing, Feature
from bot.incidents.finding import brief, card_of
from bot.incidents.joining import note_once
from bot.incidents.people import label_of
from bot.incidents.telling import is_announced
from bot.incidents.walking import say_progress
from bot.views.announcement import Announced, announcement
from bot.views.card import Named, Shown, card, links_of
from bot.views.text import INC, cut, esc, one_line
from playbooks import moves
from playbooks.card import from_json
from playbooks.contacts import parse_contact
from playbooks.lifecycle import Role, Severity
from storage import catalogue, incidents, participants, people, registries, roles
from storage.models import Incident, Participant
from storage.on_call import WHY as ON_CALL

SERVING_ALIAS = "champion"
"""What registries without aliases say with their serving version is written down under this one, too."""
_BOOKMARKED = {"Documentation": "Model page", "Dashboard": "Dashboard", "Runbook": "Runbook"}


def draw_card(desk: Desk, effect: DrawCard) -> Drawing | None:
    """The card as things stand."""
    incident = incidents.by_id(desk.tx, effect.incident_id)
    if incident is None:
        return None
    text, blocks = card(_shown(desk, incident), desk.policy)
    return Drawing(text=text, blocks=blocks)


def _shown(desk: Desk, incident: Incident) -> Shown:
    there = participants.of_incident(desk.tx, incident.id)
    named = [row for row in there if row.why in {"owner", "backup", ON_CALL} or row.why.startswith("poc:")]
    entry = catalogue.entry(desk.tx, incident.model) if incident.model_known else None
    today = from_json(entry.card) if entry else None
    return Shown(
        brief=brief(incident),
        card=card_of(incident),
        model_known=incident.model_known,
        missing_since=entry.missing_since if entry else None,
        now_serving=today.serving if today else None,
        now_rollback=today.rollback if today else None,
        trigger=_trigger(desk, incident),
        failure_mode=incident.failure_mode,
        impact=incident.impact,
        ended_by=incident.ended_by,
        roles={role: row.user_id for role, row in roles.holders(desk.tx, incident.id).items()},
        people=[
            Named(
                why=row.why,
                label=label_of(desk.tx, parse_contact(row.contact), row.user_id),
                source=row.source,
                user_id=row.user_id,
                problem=row.problem,
            )
            for row in named
        ],
        joined=_joined(desk, there),
        not_invited=[(row.user_id, row.problem) for row in there if row not in named and row.user_id and row.problem],
        next_update_at=incident.next_update_at,
        playbook=say_progress(desk, incident),
        affected=impact_lines(desk, incident),
    )


def _trigger(desk: Desk, incident: Incident) -> tuple[str, str] | None:
    """(What moved how long before, the registry where that was seen)."""
    seen = registries.moves(desk.tx, incident.model)
    moved = moves.moves(moves.stays((one.source, one.alias, one.version, one.at) for one in seen))
    found = moves.trigger(
        moved, serving=SERVING_ALIAS, first_bad_at=incident.first_bad_at, declared_at=incident.declared_at
    )
    return (found[1], found[0].source) if found else None


def _joined(desk: Desk, there: list[Participant]) -> list[str]:
    """Who came by themselves: not whom the card names already as opener, owner, contact or in a role, and no apps."""
    known = {row.user_id for row in there if row.why != participants.JOINED}
    came = [row.user_id for row in there if row.user_id and row.user_id not in known and not row.problem]
    accounts = [(user, people.person(desk.tx, user)) for user in came]
    return [user for user, account in accounts if account is None or not account.is_bot]


def draw_announcement(desk: Desk, effect: DrawAnnouncement) -> Drawing | None:
    """The announcement as things stand; nothing for what is never announced, whoever owed it."""
    incident = incidents.by_id(desk.tx, effect.incident_id)
    if incident is None or not is_announced(incident):
        return None
    said = Announced(
        brief=brief(incident),
        purpose=card_of(incident).text("purpose"),
        impact=incident.impact,
        commander=roles.holder(desk.tx, incident.id, Role.COMMANDER.value),
        ended_by=incident.ended_by,
        over_since=incident.resolved_at or incident.closed_at,
        next_update_at=incident.next_update_at,
    )
    text, blocks = announcement(said, desk.policy)
    return Drawing(text=text, blocks=blocks)


def draw_topic(desk: Desk, effect: SetTopic) -> Drawing | None:
    """The channel's topic, as `text`: severity, status, commander."""
    incident = incidents.by_id(desk.tx, effect.incident_id)
    if incident is None:
        return None
    user = roles.holder(desk.tx, incident.id, Role.COMMANDER.value)
    account = people.person(desk.tx, user) if user else None
    name = esc(one_line(account.name, 80), 120) if account else ("named in the card" if user else "nobody yet")
    parts = [Severity(incident.severity).label, incident.status, f"commander: {name}", INC(incident.id, desk.policy)]
    if incident.kind != "real":
        parts.insert(0, incident.kind.upper())
    return Drawing(text=cut(" · ".join(parts), 250), blocks=[])


def draw_bookmarks(desk: Desk, effect: SetBookmarks) -> Drawing | None:
    """The channel's bookmarks, as `blocks` of {"title", "link"}."""
    incident = incidents.by_id(desk.tx, effect.incident_id)
    if incident is None:
        return None
    found = [(title, address) for title, address in links_of(card_of(incident)) if title in _BOOKMARKED]
    return Drawing(text="", blocks=[{"title": _BOOKMARKED[title], "link": address} for title, address in found])


def note_announcement(desk: Desk, effect: DrawAnnouncement, learnt: dict[str, Any]) -> None:
    """Stakeholders were told; on the timeline once, however often it is redrawn."""
    if learnt.get("ts"):
        note_once(desk, effect.incident_id, what="announced", text="Announced to stakeholders")


FEATURE = Feature(
    drawings={
        DrawCard: draw_card,
        DrawAnnouncement: draw_announcement,
        SetTopic: draw_topic,
        SetBookmarks: draw_bookmarks,
    },
    learnt={DrawAnnouncement: note_announcement},
)
