"""What each field of a playbook is for: editors show it while one types, the linter where a field is missing."""

from collections.abc import Mapping
from typing import Final

_STEP: Final[Mapping[str, str]] = {
    "id": "The name of this step, by which others lead to it: small letters, digits and -.",
    "title": "What to do, in a few words. It heads the step's message. {placeholders} are filled in.",
    "kind": "What kind of step this is. Left out it is a task.",
    "phase": "Which part of the response this belongs to.",
    "role": "Who does it: commander, ml-lead, comms, scribe, or poc:<team> for the model's contact in a team.",
    "why": "Why this is worth doing, in one sentence, for whoever asks that at night.",
    "when": "Only where these hold: `model.tier`, `model.mode`, `incident.severity`, `vars.x` … each with its values. "
    "What is not known never hides a step.",
    "do": "What to do, as a person half asleep can follow it. Lines that begin with • make a list.",
    "due": "How long this should take (30m, 2h). Whoever holds it is asked once after that; nothing fails.",
    "next": "The step that comes after it. Left out it is the one written below.",
    "evidence": "What to write down meanwhile. With a `pir_field` it goes straight into the review.",
    "manual": "What people do by hand when the connection is not set up, or is down. Never leave them without.",
}

_ASKED: Final[Mapping[str, str]] = {
    "model": "Which registered model. Left out it is the one that the incident is about.",
    "alias": "Which alias. Left out it is the one that the connection serves from.",
    "connection": "The name of a connection that the operator has set up. It knows the host; a playbook cannot.",
    "expect": "What must be true of the value for the check to pass.",
    "path": "Where on the connection, from the first /. Placeholders are encoded.",
    "query": "What comes after the ? of the address, as names and values.",
}

_REQUEST: Final[Mapping[str, str]] = {
    **_ASKED,
    "method": "The HTTP method. Checks read with GET or HEAD; only actions send others.",
    "body": "What is sent as JSON. Placeholders in its texts are filled in.",
}

_EXPECTED: Final[Mapping[str, str]] = {
    "op": "How the value is compared: equals, not-equals, contains, one-of (of a list), at-least, at-most, more-than, "
    "less-than (with numbers), exists and absent (without a value).",
    "value": "What it is compared with: text, a number, a {placeholder}, or a list for one-of.",
}

MEANINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "Playbook": {
        "schema": "The version of this format; always ml-incident.playbook/v1.",
        "id": "The name of this playbook, like its file: small letters, digits and -.",
        "title": "What is wrong, as people would say it in the channel.",
        "summary": "What this playbook does about it, in a sentence or two.",
        "version": 'Your own version of this text, in quotes: "1.0.0". A run keeps the one that it began with.',
        "owner": "Who keeps it true: a person or a team.",
        "review_by": "The day by which somebody walks through it again, as 2027-05-01.",
        "signals": "How one notices that this is the case, one sentence each.",
        "sources": "Where its advice comes from, so that a stranger can look it up.",
        "applies_to": "What it is for. The playbook that fits best is proposed, with the reason.",
        "vars": "Values that texts use as {vars.name}: read from a fact, given as evidence of that id, or asked.",
        "timers": "Reminders that run beside the steps.",
        "close_when": "What must hold before this run is over. Somebody confirms each; the incident's status stays.",
        "start": "The step where a run begins. Left out it is the first one.",
        "steps": "What is done, from the top: tasks, decisions, checks, actions, waits, includes and at least one end.",
    },
    "AppliesTo": {
        "failure_modes": "The kinds of failure that it is for.",
        "modes": "The kinds of model that it is for; left out it is for all.",
        "alerts": "Labels of alerts that speak for it: each name with its values.",
        "words": "Words in the incident's title that speak for it.",
    },
    "Variable": {
        "from": "The fact that it is read from, such as model.rollback.",
        "ask": "The question to people, where nothing has given it yet.",
        "kind": "What kind of value it is.",
    },
    "Timer": {
        "id": "The name of this reminder, once in this playbook.",
        "after": "How long after the run's start it reminds first (30m, 2h).",
        "every": "How often it reminds after that. Left out it reminds once.",
        "until": "The milestone of the incident after which it is silent.",
        "remind": "Who is reminded: a role, or poc:<team>.",
        "text": "What they are told. {placeholders} are filled in.",
    },
    "Evidence": {
        "id": "The name of this piece, once in this playbook. Where a variable has this name, it is given by it.",
        "ask": "The question, as it stands above the field to fill in.",
        "kind": "What is written there; choice needs `choices`.",
        "choices": "The answers to choose from.",
        "pir_field": "The field of the review that this fills.",
        "required": "Whether the step can be done without it. Skipping it, with a reason, is always possible.",
    },
    "TaskStep": {**_STEP, "done_when": "How one sees that it is done."},
    "DecisionStep": {
        **_STEP,
        "ask": "The question. Somebody answers it with one of the buttons.",
        "do": "How to find the answer.",
        "options": "Two to five answers, the usual one first. Exactly one is for people who cannot tell.",
        "otherwise": "Where a run goes on for which `when` does not hold. Left out it is the step written below.",
    },
    "Option": {
        "label": "The answer, as it stands on its button.",
        "goto": "The step that this answer leads to.",
        "cannot_tell": "true for the one answer of people who do not know. Skipping the decision goes this way too.",
        "sets": "What this answer says about the incident: failure_mode, or vars.x.",
    },
    "CheckStep": {
        **_STEP,
        "http": "A request to a connection, and what must come back.",
        "mlflow": "Which version an alias points at, in MLflow.",
        "serving": "Which version the serving endpoint itself reports, asked of every replica.",
        "prometheus": "A PromQL query that gives one number.",
        "for": "How long it must hold, asked again and again (10m). Left out, once is enough.",
        "pir_field": "The field of the review that the value found fills.",
        "next": "The step that comes after it has passed. Left out it is the one written below.",
        "on_fail": "The step that comes after it has failed.",
    },
    "ActionStep": {
        **_STEP,
        "http": "The request that is sent, once somebody else has agreed to it.",
        "before": "Where the value that it changes is read, to show it before and after, and for the way back.",
        "mlflow": "The alias that is moved, to a version that is named.",
        "approval": "Who may agree to it: roles, poc:<team>, or anyone. Never the person who asks for it.",
        "reversible": "How fast it can be taken back; it is said before anybody agrees.",
        "undo": "How it is taken back: in words, or in words (`manual`) and as a `request`.",
        "on_fail": "The step that comes after it has given up. Left out, people walk `manual`.",
    },
    "WaitStep": {
        **_STEP,
        "for": "How long to wait (10m). The run goes on by itself.",
        "do": "What to watch meanwhile.",
    },
    "IncludeStep": {**_STEP, "playbook": "The id of the playbook that is walked here."},
    "EndStep": {
        **_STEP,
        "ends_run": "In an included playbook: true ends the whole run, not only this part of it.",
        "do": "The last words: what remains to be done.",
    },
    "Expected": _EXPECTED,
    "HttpExpected": {
        **_EXPECTED,
        "status": "The HTTP status that must come back.",
        "pointer": "Which value of the JSON answer is meant (RFC 6901), such as /models/0/version.",
    },
    "Request": _REQUEST,
    "HttpCall": _REQUEST,
    "AliasCheck": _ASKED,
    "ServingCheck": _ASKED,
    "PrometheusCheck": {
        **_ASKED,
        "query": "PromQL that gives one number. Placeholders stand inside double quotes, and are escaped for them.",
    },
    "AliasMove": {**_ASKED, "to": "The version to serve, by name: {vars.last_good}, never “one back”."},
    "Before": {**_ASKED, "pointer": "Which value of the JSON answer it is (RFC 6901)."},
    "Undo": {
        "manual": "How people take it back by hand.",
        "request": "How the bot takes it back; {before} is the value from before.",
    },
}
"""By model and by the field's name in the file."""


def meaning(model: str, field: str) -> str | None:
    """What a field is for, or None when it is not one of a playbook's."""
    return MEANINGS.get(model, {}).get(field)
