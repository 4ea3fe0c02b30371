"""The form that somebody has open, and the app's Home tab."""

from __future__ import annotations

from markupsafe import Markup

from bot.sandbox.records import View

from .eye import Eye
from .templating import draw


def draw_form(eye: Eye, view: View, *, here: str, depth: int, complaints: dict[str, str], trouble: str) -> Markup:
    """A modal with what is typed in it so far; `complaints` by block id stand below their fields."""
    return draw("form.html", eye=eye, view=view, here=here, depth=depth, complaints=complaints, trouble=trouble)


def draw_home(eye: Eye, view: View | None) -> Markup:
    """The app's Home tab, or a word that there is none."""
    where = {"as": eye.viewer.id, "what": "click_home"}
    return draw("home.html", eye=eye, view=view, where=where)
