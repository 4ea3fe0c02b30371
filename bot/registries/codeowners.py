"""A CODEOWNERS file: who looks after the folder in which a model's code lives. The last line that fits counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.registries.drafts import Draft
from playbooks.card import ModelCard
from playbooks.contacts import parse_contact

_BLANK: Final = re.compile(r"(?<!\\)\s+")
_WILD: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One line: which paths, and whose they are; nobody's where it names no owner."""

    line: int
    pattern: str
    owners: tuple[str, ...]

    def fits(self, path: str) -> bool:
        """Whether it is about this path, or about a folder above it."""
        bare = self.pattern.rstrip("/")
        start = "" if "/" in bare else "(?:.*/)?"
        parts = re.split(r"(\*\*/|\*\*|\*|\?)", bare.lstrip("/"))
        body = "".join(_WILD.get(part, re.escape(part)) for part in parts)
        return re.fullmatch(f"{start}{body}(?:/.*)?", path.strip("/")) is not None

    def names(self, model: str) -> bool:
        """Whether a folder or file of the pattern is called like the model."""
        return _same(model) in {_same(part) for part in self.pattern.split("/")}


def read_rules(text: str) -> list[Rule]:
    """Every line that says whose something is. The heading of a section, as GitLab has them, fits no path."""
    rules = []
    for number, line in enumerate(text.splitlines(), start=1):
        said = re.sub(r"(^|\s)#.*", "", line).strip()
        if not said:
            continue
        pattern, *owners = _BLANK.split(said)
        rules.append(Rule(line=number, pattern=pattern.replace("\\ ", " "), owners=tuple(owners)))
    return rules


def owned(models: Sequence[str], rules: Sequence[Rule], paths: Mapping[str, str], now: datetime) -> list[ModelCard]:
    """What the file says of these models: by the path that `paths` gives, else by a folder called like the model."""
    return [card for model in models if (card := _card(model, rules, paths.get(model), now)).facts]


def _card(model: str, rules: Sequence[Rule], path: str | None, now: datetime) -> ModelCard:
    fitting = [rule for rule in rules if (rule.fits(path) if path is not None else rule.names(model))]
    draft = Draft(model, now)
    if fitting:
        rule = fitting[-1]
        source = f"CODEOWNERS line {rule.line} ({rule.pattern})"
        addresses = [owner for owner in rule.owners if parse_contact(owner).kind == "email"]
        handles = [owner.lstrip("@") for owner in rule.owners if owner.startswith("@")]
        people = [handle for handle in handles if "/" not in handle]
        # A name there is no handle of Slack, so it is written as a plain name, under which nobody is asked.
        draft.say("owner", addresses or people, source if addresses else f"{source}; a name there, not in Slack")
        draft.say("team", next((handle.rpartition("/")[2] for handle in handles if "/" in handle), ""), source)
    return draft.card()


def _same(text: str) -> str:
    return re.sub(r"[-_ .]", "", text).lower()
