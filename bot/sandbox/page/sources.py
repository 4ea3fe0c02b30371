"""The pages of the docs and the files of the code that explanations point at, to be read in the browser."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from .templating import draw


class Sources:
    """Only the files that are named can be read: their names lead to their places."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self._paths = dict(paths)

    def page(self, name: str) -> Markup | None:
        """A file as a page of its own; None when it is not one of ours."""
        where = self._paths.get(name)
        if where is None or not Path(where).is_file():
            return None
        text = Path(where).read_text("utf-8")
        if name.endswith(".md"):
            return draw("source.html", name=name, prose=prose(text), text="")
        return draw("source.html", name=name, prose="", text=text)


def prose(text: str) -> Markup:
    """Markdown as HTML, with an anchor on every heading as code hosts make them. HTML in it is text."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    for mark, inside in itertools.pairwise(tokens):
        if mark.type == "heading_open":
            mark.attrSet("id", anchor(_words(inside)))
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704 -- no raw HTML in it


def _words(inside: Token) -> str:
    return "".join(child.content for child in inside.children or [])


def anchor(heading: str) -> str:
    """The anchor of a heading: lower case, hyphens for spaces, no punctuation."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.lower()))
