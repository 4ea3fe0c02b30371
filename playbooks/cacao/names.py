"""What things are called in CACAO: ids that never change, variables, the answers of a switch, times."""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from playbooks.model import SCHEMA, Playbook

_OURS: Final = uuid5(NAMESPACE_URL, SCHEMA)
_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.-]*)\}")
_BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
CREATED: Final = f"{_BEGAN:%Y-%m-%dT%H:%M:%S}.000Z"


def playbook_id(playbook: Playbook) -> str:
    """The same for every version of a playbook of one owner."""
    return f"playbook--{uuid5(_OURS, f'{playbook.owner} {playbook.id}')}"


def identity_id(owner: str) -> str:
    """Who made it."""
    return f"identity--{uuid5(_OURS, f'identity {owner}')}"


def object_id(kind: str, playbook: Playbook, key: str) -> str:
    """The id of a step, agent or target: CACAO wants version 4 here, so the digest wears its marks."""
    digest = hashlib.sha256(f"{playbook.owner}\n{playbook.id}\n{kind}\n{key}".encode()).digest()
    return f"{kind}--{UUID(bytes=digest[:16], version=4)}"


def modified(playbook: Playbook) -> str:
    """A moment that is later for a later version, and the same whenever this version is exported."""
    parts = [min(int(part), 999) for part in re.findall(r"\d{1,9}", playbook.version)[:3]]
    major, minor, patch = (*parts, 0, 0, 0)[:3]
    moment = _BEGAN + timedelta(seconds=(major * 1000 + minor) * 1000 + patch)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def variable(name: str) -> str:
    """'model.poc.dsp' → '__model_poc_dsp__'."""
    return f"__{name.replace('.', '_')}__"


def value_of(name: str) -> str:
    """How a variable is used in a text or a condition."""
    return f"{variable(name)}:value"


def used_in(text: str) -> Iterator[str]:
    """The names in braces that a text holds."""
    yield from _PLACEHOLDER.findall(text)


def with_variables(text: str, quote: Callable[[str], str] = str) -> str:
    """The text with CACAO's variables in place of ours; `quote` is for what stands between them."""
    parts = _PLACEHOLDER.split(text)
    return "".join(value_of(part) if at % 2 else quote(part) for at, part in enumerate(parts))


def without_variables(text: str) -> str:
    """The text with the bare names of what stands in braces, for where no variable may be used."""
    return _PLACEHOLDER.sub(r"\1", text)


def case_of(label: str, taken: Collection[str]) -> str:
    """The value that stands for an answer: 'Yes: roll back' → 'yes-roll-back'."""
    word = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:60] or "answer"
    numbered = (f"{word}-{number}" for number in range(2, 9))
    return word if word not in {*taken, "default"} else next(one for one in numbered if one not in taken)


def literal(value: str) -> str:
    """A text as a condition writes it."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
