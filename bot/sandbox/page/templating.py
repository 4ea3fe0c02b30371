"""The page's templates: what they are given is text, and becomes markup only where one of ours made it so."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

HERE = Path(__file__).parent


@cache
def environment() -> Environment:
    """Jinja2 with everything escaped; a name that a template misses is an error."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def draw(template: str, **values: object) -> Markup:
    """One template filled in."""
    return Markup(environment().get_template(template).render(**values))  # noqa: S704 -- autoescaped
