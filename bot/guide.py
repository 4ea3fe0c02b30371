"""What the sandbox's page tells about this bot: what can be typed, what just happened, and where that lives."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.grammar import WORDS

Json = dict[str, Any]

COMMAND = "/ml-incident"


def build_guide(*, zone: str) -> Json:
    """The guide as JSON; `zone` is where the week's digest is due on Monday morning."""
    rules = explanations()
    return {"zone": zone, "commands": commands(), "explained": rules, "sources": sources(rules)}


def commands() -> list[Json]:
    """Everything that can be typed, as `help` words it."""
    return [{"usage": f"{COMMAND} {word.usage}", "says": word.help} for word in WORDS]


@cache
def explanations() -> list[Json]:
    """The rules of explained.yaml, in their order: the first that fits explains."""
    text = Path(str(files("bot"))).joinpath("explained.yaml").read_text("utf-8")
    rules: list[Json] = YAML(typ="safe", pure=True).load(text)
    return rules


def sources(rules: list[Json]) -> dict[str, str]:
    """The files that the rules point at → where they are. An installed bot has its code, a checkout its docs too."""
    named = {str(rule[kind]).split("#")[0] for rule in rules for kind in ("docs", "code") if kind in rule}
    root = Path(str(files("bot"))).parent
    return {name: str(root / name) for name in sorted(named) if (root / name).is_file()}
