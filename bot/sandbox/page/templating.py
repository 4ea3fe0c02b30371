"""The page's templates: what they are given is text, and becomes markup only where one of ours made it so."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

HERE = Path(__file__).parent


@cache
def environment() -> Environment:
    """Jinja2 with everything escaped. Blocks leave out what they don't use, so a missing key draws nothing."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["described"] = described
    return made


def described(about: Mapping[str, object]) -> Markup:
    """The attributes that tie a control to what is said about it: hint, complaint, and whether it is needed."""
    drawn = Markup()
    if about.get("by"):
        drawn += Markup(' aria-describedby="{}"').format(about["by"])
    if about.get("invalid"):
        drawn += Markup(' aria-invalid="true"')
    if about.get("labelledby"):
        drawn += Markup(' aria-labelledby="{}"').format(about["labelledby"])
    if about.get("required"):
        drawn += Markup(' aria-required="true"')
    if about.get("dispatch"):
        drawn += Markup(' data-dispatch="{}"').format(about["dispatch"])
    return drawn


def draw(template: str, **values: object) -> Markup:
    """One template filled in."""
    return Markup(environment().get_template(template).render(**values))  # noqa: S704 -- autoescaped
