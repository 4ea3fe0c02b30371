"""A review read back as a Markdown renderer reads it."""

from __future__ import annotations

from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass
class Read:
    """What a reader sees."""

    headings: list[str] = field(default_factory=list)
    items: dict[str, list[str]] = field(default_factory=dict)
    """Heading → its list items."""
    cells: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)

    def item(self, heading: str, begins: str) -> str:
        return next(item for item in self.items[heading] if item.startswith(begins))


def read(markdown: str) -> Read:
    """With raw HTML let through, and tables: as a careless renderer would."""
    found, heading, inside = Read(), "", ""
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown):
        if token.type.endswith("_open"):
            inside = token.type
        if token.type == "list_item_open":
            found.items.setdefault(heading, []).append("")
        if token.type in {"html_block", "html_inline"}:
            found.html.append(token.content)
        if token.type != "inline":
            continue
        said = _said(token, found)
        if inside == "heading_open":
            heading = said
            found.headings.append(said)
        elif inside in {"th_open", "td_open"}:
            found.cells.append(said)
        elif found.items.get(heading) and inside == "paragraph_open" and token.level > 1:
            found.items[heading][-1] += said
    return found


def _said(token: Token, found: Read) -> str:
    said = ""
    for child in token.children or []:
        if child.type == "html_inline":
            found.html.append(child.content)
        if child.type == "link_open":
            found.addresses.append(str(child.attrs["href"]))
        said += child.content if child.type in {"text", "code_inline"} else " " if child.type == "softbreak" else ""
    return said
