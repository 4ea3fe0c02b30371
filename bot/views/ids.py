"""Every action_id, callback_id and block_id that the bot draws, `<feature>.<verb>`; one section per feature.

The value of a button is the incident's id, or ids separated by colons where a section says so.
"""

from __future__ import annotations

from enum import StrEnum


class Opening(StrEnum):
    """Opening an incident (bot.incidents.opening)."""

    FORM = "opening.form"
    """Submitted: the form that `open` shows."""
    UNKNOWN_MODEL = "opening.unknown-model"
    """Submitted: the form for a model that the catalogue does not know."""
    SEPARATE_FORM = "opening.separate-form"
    """Submitted: open another although the model has an open incident."""
    SEPARATE = "opening.separate"
    """Clicked: the same; its value is JSON {"m": model, "w": what is wrong, "k": the asking}."""
    START = "opening.start"
    """Clicked: show the form."""
    MODEL = "opening.model"
    WHAT = "opening.what"
    SEVERITY = "opening.severity"
    FAILURE_MODE = "opening.failure-mode"
    PRIVATE = "opening.private"


class Joining(StrEnum):
    """Joining an incident's channel (bot.incidents.joining)."""

    JOIN = "joining.join"


class Groups(StrEnum):
    """Groups of people that a model card names (bot.incidents.groups)."""

    BRING_IN = "groups.bring-in"
    """Clicked: its value is incident:group."""


class Lists(StrEnum):
    """Lists and the tray (bot.incidents.lists, bot.incidents.help)."""

    TRAY = "lists.tray"
    """Clicked: the actions of this incident."""
    OPEN_ONES = "lists.open-ones"
    """Clicked: the open incidents."""


class Card(StrEnum):
    """Buttons of the card and the tray that other features answer."""

    UPDATE = "updates.open"
    ROLES = "roles.open"
    SEVERITY = "statuses.severity"
    STATUS = "statuses.status"
    STEP = "runs.show"
    NOTE = "timeline.note"
    RESOLVE = "statuses.resolve"
    REOPEN = "statuses.reopen"
    REVIEW = "reviews.show"


class Statuses(StrEnum):
    """Status, severity, resolving and reopening (bot.incidents.statuses)."""

    STATUS_FORM = "statuses.status-form"
    """Submitted: metadata {"incident", "to"}; the menu is there only where `to` is not."""
    SEVERITY_FORM = "statuses.severity-form"
    """Submitted: as above."""
    RESOLVE_FORM = "statuses.resolve-form"
    REOPEN_FORM = "statuses.reopen-form"
    TO = "statuses.to"
    WHY = "statuses.why"
    MITIGATE = "statuses.mitigate"
    """Clicked: ask what stopped the harm."""


class Roles(StrEnum):
    """Roles and handing them over (bot.incidents.roles)."""

    FORM = "roles.form"
    """Submitted: metadata {"incident", "shown": role → user id that the form was drawn with}."""
    HOLDER = "roles.holder"
    """Block ids and action ids are roles.holder:<role>."""
    HAND_OFF = "roles.hand-off"
    """Clicked: its value is incident:role."""
    HAND_OFF_FORM = "roles.hand-off-form"
    """Submitted: metadata {"incident", "role"}."""
    TO = "roles.to"
    STATE = "roles.state"
    TRIED = "roles.tried"
    HYPOTHESIS = "roles.hypothesis"
    RISKS = "roles.risks"
    CHECKPOINT = "roles.checkpoint"


class Timeline(StrEnum):
    """Notes (bot.incidents.timeline)."""

    NOTE_FORM = "timeline.note-form"
    TEXT = "timeline.text"


class Updates(StrEnum):
    """Updates for stakeholders (bot.incidents.updates)."""

    FORM = "updates.form"
    IMPACT = "updates.impact"
    CHANGED = "updates.changed"
    NEXT_STEP = "updates.next-step"
    UNKNOWN = "updates.unknown"
    NEXT_AT = "updates.next-at"
    LATER = "updates.later"
    """Clicked: its value is incident:promised, the promise in Unix time, so that of two clicks one counts."""
    NOT_NEEDED = "updates.not-needed"
    """Clicked: its value is as above."""


class FollowUps(StrEnum):
    """Follow-ups (bot.incidents.follow_ups)."""

    ADD = "follow_ups.add"
    """Clicked: ask for a new one."""
    LIST = "follow_ups.list"
    """Clicked: show them all."""
    EDIT = "follow_ups.edit"
    """Clicked: its value is incident:follow-up."""
    DONE = "follow_ups.done"
    """Clicked: its value is incident:follow-up."""
    FORM = "follow_ups.form"
    """Submitted: metadata {"incident", "follow_up": id or null}."""
    TEXT = "follow_ups.text"
    OWNER = "follow_ups.owner"
    DUE_ON = "follow_ups.due-on"


class Reviews(StrEnum):
    """The review (bot.incidents.reviews). Clicked ones carry the incident's id."""

    SUBMIT = "reviews.submit"
    BACK = "reviews.back"
    PUBLISH = "reviews.publish"
    PUBLISH_FORM = "reviews.publish-form"
    FILL = "reviews.fill"
    FILL_FORM = "reviews.fill-form"
    SNOOZE = "reviews.snooze"
    SNOOZE_FORM = "reviews.snooze-form"
    DISMISS = "reviews.dismiss"
    DISMISS_FORM = "reviews.dismiss-form"
    HAND_OVER = "reviews.hand-over"
    HAND_OVER_FORM = "reviews.hand-over-form"
    AUTHOR = "reviews.author"
    FIELD = "reviews.field"
    TEXT = "reviews.text"
    REASON = "reviews.reason"
    DAYS = "reviews.days"


class Catalogue(StrEnum):
    """Models and who they belong to (bot.incidents.catalogue)."""

    WHO = "catalogue.who"
    """Clicked: its value is a model's name."""
    READY = "catalogue.ready"
    """Clicked: its value is a model's name (bot.incidents.readiness)."""


class Owning(StrEnum):
    """Saying whose a model is (bot.incidents.owning). Clicked ones carry the model's name."""

    STILL_MINE = "owning.still-mine"
    TAKE = "owning.take"
    HAND_OVER = "owning.hand-over"
    HAND_OVER_FORM = "owning.hand-over-form"
    """Submitted: metadata {"model"}."""
    NOT_MINE = "owning.not-mine"
    NOT_MINE_FORM = "owning.not-mine-form"
    """Submitted: as above."""
    YES = "owning.yes"
    """Asked whether a model is theirs, as nobody owns it yet."""
    NO = "owning.no"
    ASK = "owning.ask"
    ASK_FORM = "owning.ask-form"
    """Submitted: as above."""
    TO = "owning.to"
    WHY = "owning.why"


class Impact(StrEnum):
    """Who is affected (bot.incidents.impact)."""

    SHOW = "impact.show"
    """Clicked: its value is a model's name or an upstream."""
    PICTURE = "impact.picture"
    """Clicked: post the picture; its value is incident:model or upstream."""
    TOGETHER = "impact.together"
    """Clicked: join an incident that hurts another model, too; its value is JSON {"i": incident, "m": model, "w": what
    is wrong with it}."""


class Runs(StrEnum):
    """Walking a playbook (bot.incidents.runs, stepping, choosing). Buttons carry incident:run:turn:path of the step;
    the turn is how many records the run had."""

    DONE = "runs.done"
    SKIP = "runs.skip"
    ASSIGN = "runs.assign"
    """Its value ends in the run's revision."""
    ANSWER = "runs.answer"
    """Action ids are runs.answer:<n>; the value ends in the number of the answer: incident:run:turn:path:n."""
    BACK = "runs.back"
    CHOOSE = "runs.choose"
    """Action ids are runs.choose:<n>; the value is incident:newest run:playbook id."""
    OFFER = "runs.offer"
    """Clicked: show the playbooks that fit."""
    DONE_FORM = "runs.done-form"
    """Submitted: metadata {"incident", "run", "turn", "path", "answer": number or null}."""
    SKIP_FORM = "runs.skip-form"
    EVIDENCE = "runs.evidence"
    """Block ids and action ids are runs.evidence:<id>."""
    REASON = "runs.reason"
    FILL = "runs.fill"
    """Clicked: ask for the variables that the step needs."""
    FILL_FORM = "runs.fill-form"
    """Submitted: metadata as above, without an answer."""
    CONFIRM = "runs.confirm"
    """Clicked: ask which closing criteria hold; its value is incident:run."""
    CONFIRM_FORM = "runs.confirm-form"
    """Submitted: metadata {"incident", "run"}."""
    CRITERIA = "runs.criteria"
    PICTURE = "runs.picture"
    """Clicked: post a picture of what is being walked; its value is the incident's number."""
    BESIDE = "runs.beside"
    """Clicked: start it beside what is being walked; the value is incident:newest run:playbook id."""
    INSTEAD = "runs.instead"
    """Action ids are runs.instead:<run>; the value is as above. That run ends where it is."""


class Calls(StrEnum):
    """Checks and actions (bot.incidents.checks, actions). Buttons carry incident:run:turn:path:revision; the revision
    is the call's, so that of two clicks one wins."""

    ASK = "calls.ask"
    """Clicked: ask the connection now, or once more."""
    HOLDS = "calls.holds"
    """Clicked: somebody has looked by hand."""
    FAILS = "calls.fails"
    """Clicked: go on as failed."""
    SEEN_FORM = "calls.seen-form"
    """Submitted: metadata {"incident", "run", "turn", "path", "outcome"}."""
    REQUEST = "calls.request"
    APPROVE = "calls.approve"
    REFUSE = "calls.refuse"
    REFUSE_FORM = "calls.refuse-form"
    """Submitted: metadata {"incident", "run", "turn", "path", "revision"}."""
    WITHDRAW = "calls.withdraw"
    BY_HAND = "calls.by-hand"
    BY_HAND_FORM = "calls.by-hand-form"
    """Submitted: metadata {"incident", "run", "turn", "path"}."""
    UNDO = "calls.undo"
    """Clicked: its value is incident:call."""
    VALUE = "calls.value"
    REASON = "calls.reason"
