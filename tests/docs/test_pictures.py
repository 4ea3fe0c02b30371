"""The pictures of the docs: all there, all used, each small, each said in words for those who do not see it."""

from __future__ import annotations

import re
import struct

import pytest

from tests.docs.pages import PAGES, ROOT, text

IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 200_000
_SHOWN = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_TAG = re.compile(r"<img\s[^>]*>", re.DOTALL)
_GIVEN = re.compile(r'(\w+)="([^"]*)"')


def shown() -> list[tuple[str, str, str]]:
    """Page, words and address of every picture."""
    found = []
    for page in PAGES:
        found += [(page, words, address) for words, address in _SHOWN.findall(text(page))]
        for tag in _TAG.findall(text(page)):
            given = dict(_GIVEN.findall(tag))
            found.append((page, given.get("alt", ""), given["src"]))
    return [one for one in found if not one[2].startswith(("http://", "https://"))]


def test_every_picture_of_a_page_is_there_and_said_in_words() -> None:
    assert len(shown()) >= 6
    for page, words, address in shown():
        assert (PAGES[page].parent / address).is_file(), f"{page} shows {address}"
        assert len(words.split()) >= 4, f"{page} does not say what {address} shows"


@pytest.mark.parametrize("name", sorted(path.name for path in IMAGES.iterdir()))
def test_a_picture_is_used_and_small(name: str) -> None:
    content = (IMAGES / name).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert min(struct.unpack(">II", content[16:24])) >= 300
    assert len(content) <= MOST_BYTES, "take it again with: make pictures"
    assert name in {address.rsplit("/", 1)[-1] for _, _, address in shown()}
