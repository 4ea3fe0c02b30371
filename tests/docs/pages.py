"""The pages of the documentation as tests read them: text, links, tables, fenced blocks, commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "deploy/README.md")
PAGES = {name: ROOT / name for name in NAMES} | {f"docs/{page.name}": page for page in (ROOT / "docs").glob("*.md")}

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
_COMMAND = re.compile(r"(?<![/\w.-])ml-incident (.*)")


def text(page: str) -> str:
    """The whole page."""
    return PAGES[page].read_text("utf-8")


def blocks(page: str, language: str | None = None) -> list[str]:
    """The fenced blocks, of one language if that is named."""
    return [body for kind, body in _FENCE.findall(text(page)) if language in {None, kind}]


def code(page: str) -> list[str]:
    """What stands between backticks, on one line each; fenced blocks left out."""
    return [" ".join(found.split()) for found in _CODE.findall(_FENCE.sub("", text(page)))]


def rows(page: str, head: str) -> list[list[str]]:
    """The cells of the table whose first line is `head`."""
    lines = text(page).splitlines()
    at = lines.index(head) + 2
    found = []
    while at < len(lines) and lines[at].startswith("|"):
        # A bar inside a cell is not used in these pages.
        found.append([cell.strip() for cell in lines[at].strip("|").split("|")])
        at += 1
    return found


def commands(page: str) -> Iterator[str]:
    """Everything after `ml-incident` wherever the page tells to type it; `/ml-incident` is Slack's, not this."""
    for found in code(page):
        match = re.fullmatch(r"(?:\S*/)?ml-incident( .*)?", found)
        if match and not found.startswith("/ml-incident"):
            yield (match[1] or "").strip()
    for block in blocks(page):
        for line in block.splitlines():
            if (match := _COMMAND.search(line)) and not line.lstrip().startswith(("#", "//")):
                yield match[1].split(" #")[0].strip()


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    words = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return words.replace(" ", "-")


def anchors(path: Path) -> set[str]:
    """All anchors of a page."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {slug(heading) for heading in headings}


def links(page: str) -> list[str]:
    """Where the page links to."""
    return re.findall(r"\]\(([^)\s]+)\)", _FENCE.sub("", text(page)))
