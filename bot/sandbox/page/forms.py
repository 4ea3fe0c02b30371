"""The form that somebody has open, and the app's Home tab."""

from __future__ import annotations

from collections import Counter

from markupsafe import Markup

from bot.sandbox.fields import elements_of
from bot.sandbox.records import View

from .eye import Eye
from .templating import draw


def draw_form(eye: Eye, view: View, *, here: str, depth: int, complaints: dict[str, str], trouble: str) -> Markup:
    """A modal with what is typed in it so far; `complaints` by block id stand below their fields."""
    within = {"within": view.id, "repeated": _repeated(view)}
    return draw(
        "form.html", eye=eye, view=view, within=within, here=here, depth=depth, complaints=complaints, trouble=trouble
    )


def draw_home(eye: Eye, view: View | None) -> Markup:
    """The app's Home tab, or a word that there is none."""
    where = {"as": eye.viewer.id, "what": "click_home"}
    return draw("home.html", eye=eye, view=view, where=where)


def _repeated(view: View) -> set[str]:
    """The action ids of buttons that only their values tell apart."""
    seen = Counter(str(one.get("action_id")) for block in view.payload["blocks"] for one in elements_of(block))
    return {action_id for action_id, many in seen.items() if many > 1}
