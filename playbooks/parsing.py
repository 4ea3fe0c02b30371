"""YAML text → the events of a parser: libyaml's where it is installed, else one written in Python.

Measured on 1,000 playbooks of 30 steps (16 MB): libyaml 0.9 s, ruamel.yaml in Python 30 s. We give plain words their
meaning ourselves (`yes` stays text), so that it makes no difference which YAML version either of them follows.
"""

from collections.abc import Iterator
from typing import Any, Final

from ruamel.yaml import YAML, events
from ruamel.yaml.error import YAMLError as RuamelError

try:
    from yaml import events as fast
    from yaml.cyaml import CParser
    from yaml.error import YAMLError as LibyamlError
except ImportError:  # a PyYAML that was built without libyaml, or none
    CParser = None

SCALAR, MAPPING, SEQUENCE, END, ALIAS, OTHER = range(6)

_NAMES: Final = {
    "ScalarEvent": SCALAR,
    "MappingStartEvent": MAPPING,
    "SequenceStartEvent": SEQUENCE,
    "MappingEndEvent": END,
    "SequenceEndEvent": END,
    "AliasEvent": ALIAS,
}
_MODULES: Final = (events,) if CParser is None else (events, fast)
KINDS: Final[dict[type, int]] = {getattr(one, name): kind for one in _MODULES for name, kind in _NAMES.items()}
"""What an event is; a type that is not here is OTHER."""
BROKEN: Final[tuple[type[Exception], ...]] = (RuamelError,) if CParser is None else (RuamelError, LibyamlError)
"""What both raise about text that is not YAML."""


def read_events(text: str) -> Iterator[Any]:
    """The events of all documents in the text, as they are read. Raises one of BROKEN."""
    if CParser is None:
        return _by_ruamel(text)
    return iter(CParser(text).get_event, None)


def _by_ruamel(text: str) -> Iterator[Any]:
    # Not "rt": for a folded text (`>-`) it puts a bell where each line was folded.
    yield from YAML(typ="safe", pure=True).parse(text)
