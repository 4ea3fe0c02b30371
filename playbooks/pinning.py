"""A playbook frozen for one run: edits made later change later runs only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from playbooks.load import Library, content_hash, included_ids
from playbooks.model import Playbook
from playbooks.steps import IncludeStep, Step


@dataclass(frozen=True)
class Pinned:
    """A playbook with everything that it includes. `text` is what to store; `unpin(text)` gives this back."""

    playbook: Playbook
    included: Mapping[str, Playbook]
    text: str

    @property
    def hash(self) -> str:
        """Tells this content from any other, includes counted."""
        return content_hash(self.text)

    def find(self, path: str) -> tuple[Playbook, Step]:
        """The step at 'first-15/confirm' and the playbook that it is written in; raises KeyError."""
        playbook = self.playbook
        *includes, last = path.split("/")
        for step_id in includes:
            step = playbook.step(step_id)
            if not isinstance(step, IncludeStep):
                raise KeyError(path)
            playbook = self.included[step.playbook]
        return playbook, playbook.step(last)


@lru_cache(maxsize=256)
def pin(library: Library, playbook_id: str) -> Pinned:
    """The playbook as it is now. Raises RuleBroken when there is none of this id."""
    playbook = library.get(playbook_id)
    included: dict[str, Playbook] = {}
    waiting = list(included_ids(playbook))
    while waiting:
        inner = library.get(waiting.pop())
        if inner.id not in included:
            included[inner.id] = inner
            waiting += included_ids(inner)
    content = {
        "playbook": _plain(playbook),
        "included": {inner_id: _plain(included[inner_id]) for inner_id in sorted(included)},
    }
    return Pinned(playbook, included, json.dumps(content, ensure_ascii=False, sort_keys=True))


@lru_cache(maxsize=64)
def unpin(text: str) -> Pinned:
    """What `pin` froze. JSON and not YAML, because every click on a step reads it."""
    content = json.loads(text)
    included = {key: Playbook.model_validate(value) for key, value in content["included"].items()}
    return Pinned(Playbook.model_validate(content["playbook"]), included, text)


def _plain(playbook: Playbook) -> object:
    return playbook.model_dump(mode="json", by_alias=True, exclude_defaults=True) | {
        "steps": [
            {"kind": step.kind, **step.model_dump(mode="json", by_alias=True, exclude_defaults=True)}
            for step in playbook.steps
        ]
    }
