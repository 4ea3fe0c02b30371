"""A private incident to whoever is not in it: no button or form that they may still have tells that it exists."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.incidents.desk import Click, Submission
from bot.incidents.features import feature
from bot.views.ids import Catalogue, Impact, Lists, Opening, Owning
from playbooks.lifecycle import RuleBroken, Status
from storage import follow_ups, incidents, runs
from storage.models import Effect, Incident, TimelineEntry
from storage.transaction import Storage
from tests.bot.opening.company import ERIK, LUCIA, at_desk, declared

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

_ABOUT_NO_INCIDENT = {Opening.START, Opening.SEPARATE, Lists.OPEN_ONES, *Catalogue, Impact.SHOW, *Owning}
_OPENING_FORMS = {Opening.FORM, Opening.UNKNOWN_MODEL, Opening.SEPARATE_FORM, *Owning}
_NO_SUCH = "There is no such incident any more."


_DEEDS = ("ask", "holds", "fails", "request", "approve", "refuse", "withdraw", "by-hand")


def _values(number: int, run: int, step: str, follow_up: int) -> dict[str, str]:
    """action id → what its button carries, where that is more than the incident's number."""
    here = f"{number}:{run}:0:{step}"
    return {
        **dict.fromkeys(("runs.done", "runs.skip", "runs.back", "runs.fill"), here),
        **dict.fromkeys((f"calls.{deed}" for deed in _DEEDS), f"{here}:0"),
        **dict.fromkeys(("runs.confirm", "calls.undo"), f"{number}:{run}"),
        "runs.assign": f"{here}:0",
        "runs.answer:*": f"{here}:0",
        **dict.fromkeys(("runs.choose:*", "runs.beside", "runs.instead:*"), f"{number}:{run}:bad-data"),
        **dict.fromkeys(("follow_ups.edit", "follow_ups.done"), f"{number}:{follow_up}"),
        **dict.fromkeys(("updates.later", "updates.not-needed"), f"{number}:1795220000"),
        "roles.hand-off": f"{number}:commander",
        "impact.together": json.dumps({"i": number, "m": "fraud-scorer", "w": "the same"}),
    }


def _metadata(form: str, number: int, run: int, step: str) -> dict[str, Any]:
    """What any of the forms carries."""
    walked = {"run": run, "turn": 0, "path": step, "answer": None, "revision": 0, "outcome": "passed"}
    to = "sev1" if "severity" in form else "mitigated"
    return {"incident": number, "role": "scribe", "shown": {}, "to": to, "follow_up": None, **walked}


class _Filled(dict[str, Any]):
    """A form in which everything is filled in, whatever it asks."""

    def get(self, key: str, default: Any = None) -> Any:
        return self[key]

    def __missing__(self, key: str) -> str:
        return {"updates.next-at": "30m", "reviews.days": "1", "follow_ups.due-on": ""}.get(key, LUCIA)


@pytest.fixture(params=[Status.INVESTIGATING, Status.RESOLVED])
def secret(office: Storage, request: pytest.FixtureRequest) -> tuple[int, int, str, int]:
    """(incident, run, step, follow-up) of a private incident, going on or over."""
    number = declared(office, private=True)
    with at_desk(office, ERIK) as desk:
        item = follow_ups.add(desk.tx, incident_id=number, text="rotate the keys", added_by=ERIK, at=desk.now)
        run = runs.of_incident(desk.tx, number)[0]
        step = runs.pinned(desk.tx, run).playbook.steps[0].id
        if request.param is Status.RESOLVED:
            from bot.incidents.statuses import move

            one = incidents.by_id(desk.tx, number, for_change=True)
            assert one is not None
            move(desk, one, Status.RESOLVED, "keys rotated")
        return number, run.id, step, item.id


def _state(storage: Storage) -> tuple[Any, ...]:
    with storage.reading() as tx:
        counted = [tx.session.scalar(select(func.count()).select_from(table)) for table in (Effect, TimelineEntry)]
        one = tx.session.scalars(select(Incident)).one()
        return (*counted, one.status, one.severity, one.impact, one.next_update_at)


def test_no_button_answers_an_outsider(office: Storage, secret: tuple[int, int, str, int]) -> None:
    number, *_ = secret
    values, before = _values(*secret), _state(office)
    for action_id, answers in feature().clicks.items():
        if action_id in _ABOUT_NO_INCIDENT:
            continue
        value = values.get(action_id, str(number))
        click = Click(action_id=action_id, value=value, channel="C01GENERAL", message_ts="1.1", trigger_id="1")
        with pytest.raises(RuleBroken, match=_NO_SUCH), at_desk(office, LUCIA) as desk:
            answers(desk, click)
    assert _state(office) == before


def test_no_form_answers_an_outsider(office: Storage, secret: tuple[int, int, str, int]) -> None:
    number, run, step, _ = secret
    before = _state(office)
    for callback_id, answers in feature().submissions.items():
        if callback_id in _OPENING_FORMS:
            continue
        sent = Submission(callback_id=callback_id, metadata=_metadata(callback_id, number, run, step), values=_Filled())
        with pytest.raises(RuleBroken, match=_NO_SUCH), at_desk(office, LUCIA) as desk:
            answers(desk, sent)
    assert _state(office) == before
