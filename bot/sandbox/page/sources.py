"""The pages of the docs and the files of the code that explanations point at, to be read in the browser."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from .mentions import harmless
from .templating import draw

# The page has headings of the first two levels itself.
BELOW = 2


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


def prose(text: str, *, ours: bool = True) -> Markup:
    """Markdown as HTML; HTML in it is text.

    Our own pages get an anchor on every heading, as code hosts make them. In what people and apps write a heading must
    not take the id of a part of the page, links lead where links may lead, and nothing is fetched.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    if not ours:
        reader.disable("image")
        reader.validateLink = harmless  # type: ignore[method-assign]  # the library's way to set it
    tokens = reader.parse(text)
    for mark, inside in itertools.pairwise(tokens):
        if mark.type == "heading_open" and ours:
            mark.attrSet("id", anchor(_words(inside)))
    for token in tokens:
        # The page takes no styles within its markup: which side a column stands at is left out.
        token.attrs.pop("style", None)
    if not ours:
        _as_said(tokens)
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704 -- no raw HTML in it


def _as_said(tokens: list[Token]) -> None:
    """Headings below those of the page, and links in a tab of their own."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + BELOW, 6)}"
        elif token.type == "link_open":
            token.attrSet("target", "_blank")
            token.attrSet("rel", "noopener noreferrer")
        _as_said(token.children or [])


def _words(inside: Token) -> str:
    return "".join(child.content for child in inside.children or [])


def anchor(heading: str) -> str:
    """The anchor of a heading: lower case, hyphens for spaces, no punctuation."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.lower()))
