"""A playbook's picture as PNG: small enough for Slack, the same every time, its words inside their boxes."""

from __future__ import annotations

import struct
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from bot.pictures.fonts import letters
from bot.pictures.png import TALLEST, png
from playbooks.drawing.painting import paint
from playbooks.drawing.palette import BACKGROUND, PHASES
from playbooks.drawing.picture import Group, Picture, Words
from playbooks.drawing.plan import plan
from playbooks.drawing.words import width
from playbooks.load import shipped_library
from playbooks.pinning import pin


def picture_of(name: str, *, depth: int = 0) -> Picture:
    return paint(plan(pin(shipped_library(), name), depth=depth))


def size_of(content: bytes) -> tuple[int, int]:
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = struct.unpack(">II", content[16:24])
    return wide, high


def test_a_picture_is_twice_as_sharp_as_it_is_large_and_the_same_bytes_every_time() -> None:
    picture = picture_of("common-first-fifteen-minutes")
    content = png(picture)
    assert size_of(content) == (2 * picture.width, 2 * picture.height)
    assert png(picture) == content


def test_the_largest_shipped_playbook_is_less_than_a_megabyte() -> None:
    largest = max((picture_of(name, depth=3) for name in shipped_library().sources), key=lambda one: one.height)
    assert len(png(largest)) < 1_000_000


def test_a_giant_is_drawn_smaller() -> None:
    giant = replace(picture_of("common-first-fifteen-minutes"), height=2 * TALLEST)
    wide, high = size_of(png(giant))
    assert high == TALLEST
    assert wide == round(giant.width / 2)


def test_a_picture_shows_the_colours_of_its_phases() -> None:
    image = Image.open(BytesIO(png(picture_of("common-first-fifteen-minutes")))).convert("RGB")
    shown = {f"#{red:02x}{green:02x}{blue:02x}" for _, (red, green, blue) in image.getcolors(1 << 24) or ()}
    assert BACKGROUND in shown
    assert PHASES["triage"] in shown
    assert PHASES["diagnose"] in shown


def test_words_are_no_wider_than_they_were_measured() -> None:
    """Or they would run out of their boxes."""
    for name in shipped_library().sources:
        for group in picture_of(name, depth=3).groups:
            for item in group.items:
                if isinstance(item, Words):
                    drawn = letters(item.weight, round(item.size * 4)).getlength(item.text) / 4
                    assert drawn <= width(item.text, item.size) + 1, item.text


SIGNS = "äöüßÄÖÜéñçøåłžğ „quoted“ “quoted” ‘one’ — – … • ≥ ≤ ± ° € § µ × Ωπ Жба → ← ✓ ✗"


@pytest.mark.parametrize("sign", sorted(set(SIGNS) - {" "}))
def test_a_sign_that_people_write_is_drawn_or_said_with_another(sign: str) -> None:
    """And not as the empty box that stands for what a font lacks."""
    assert drawn(sign) != drawn("\U0010fffd")


def drawn(text: str) -> bytes:
    words = Group((Words(10, 30, text, 20, "#000000"),))
    return png(Picture(width=60, height=40, title="", said="", background=BACKGROUND, groups=(words,)))
