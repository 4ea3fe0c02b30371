"""Words in braces that a playbook's text may hold, such as {model.owner}, and what replaces them."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from playbooks.fields import field_for

UNKNOWN: Final = "UNKNOWN"

_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.-]*)\}")
INCIDENT: Final = ("id", "title", "severity", "failure_mode", "channel", "commander", "status")
MODEL: Final = ("name", "title")


def placeholders(text: str) -> tuple[str, ...]:
    """The names in braces, in order."""
    return tuple(_PLACEHOLDER.findall(text))


def is_known(name: str, variables: Mapping[str, object]) -> bool:
    """Whether something could ever stand for this name in a playbook with these variables."""
    kind, _, rest = name.partition(".")
    if kind == "model":
        return _is_of_model(rest)
    return rest in INCIDENT if kind == "incident" else kind == "vars" and rest in variables


@lru_cache(maxsize=1024)
def _is_of_model(key: str) -> bool:
    return key in MODEL or (field_for(key) is not None and not key.endswith("*"))


def fill(text: str, facts: Mapping[str, str]) -> str:
    """The text with each placeholder replaced by its fact, or by UNKNOWN."""
    return _PLACEHOLDER.sub(lambda found: facts.get(found[1], "").strip() or UNKNOWN, text)


def without(text: str) -> str:
    """The text for whoever reads it outside a run: an ellipsis where a fact would stand."""
    return _PLACEHOLDER.sub("…", text)
