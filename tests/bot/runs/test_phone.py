"""Every step of every shipped playbook fits one screen of a phone, as it is really drawn."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.views.calls import CallShown
from bot.views.steps import RunShown, run_message
from playbooks.card import Fact, ModelCard
from playbooks.load import shipped_library
from playbooks.pinning import Pinned, pin
from playbooks.progress import Current, Walk, current, known_facts
from playbooks.steps import ActionStep, CheckStep, Walked
from tests.bot.runs.team import ANA, FACTS, START

SCREEN = 600
CARD = ModelCard("fraud-scorer", {key: Fact(value, "models.yaml", START) for key, value in FACTS.items()})
INCIDENT = {"id": "INC-12", "title": "scores are all zero", "severity": "sev2", "channel": "inc-12-fraud-scorer"}


def shown(pinned: Pinned, step: Walked) -> RunShown:
    """The step in the middle of a run, with the card of a well-documented model."""
    facts = known_facts(CARD, INCIDENT)
    here = current(Walk(_starting_at(pinned, step.id), START), facts)
    assert isinstance(here, Current)
    call = CallShown(state="unusable", revision=1, said=_DOWN) if isinstance(step, CheckStep | ActionStep) else None
    return RunShown(
        incident_id=12,
        run_id=3,
        playbook=pinned.playbook.title,
        version=pinned.playbook.version,
        current=here,
        responsible=f"<@{ANA}> (Commander)",
        done=4,
        turn=4,
        can_go_back=True,
        call=call,
    )


_DOWN = "There is no connection “serving”; name one in the connections file."


def _starting_at(pinned: Pinned, step_id: str) -> Pinned:
    playbook = pinned.playbook.model_copy(
        update={
            "start": step_id,
            "steps": tuple(
                one.model_copy(update={"when": {}}) if hasattr(one, "when") else one for one in pinned.playbook.steps
            ),
        }
    )
    return Pinned(playbook, pinned.included, pinned.text)


def words(blocks: list[dict[str, Any]]) -> str:
    """What is read, without buttons; a mention reads as a name."""
    parts = [part for block in blocks for part in (block.get("text"), *block.get("elements", [])) if part]
    texts = [part["text"] for part in parts if isinstance(part.get("text"), str)]
    return re.sub("<@[A-Z0-9]+>", "@Ana Moreau", "\n".join(texts))


@pytest.mark.parametrize("name", sorted(shipped_library().sources))
def test_a_step_fits_one_screen_of_a_phone(name: str) -> None:
    pinned = pin(shipped_library(), name)
    long = {}
    for step in pinned.playbook.steps:
        if isinstance(step, Walked):
            said = words(run_message(shown(pinned, step))[1])
            if len(said) > SCREEN:
                long[step.id] = (len(said), said)
    assert long == {}
