"""Letters that Open Sans lacks are drawn with a font of the machine, and where there is none that is said."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.incidents.picturing import Pictured
from bot.pictures import fonts
from bot.pictures.fonts import lacking
from bot.pictures.png import png
from bot.slack.pictures import beside
from playbooks.drawing.palette import BACKGROUND
from playbooks.drawing.picture import Group, Picture, Words

LETTER = "\ua6a0"  # of the Bamum script, which fonts of a machine hardly have


def picture(text: str) -> Picture:
    words = Group((Words(10, 30, text, 20, "#000000"),))
    return Picture(width=120, height=40, title="", said="", background=BACKGROUND, groups=(words,))


def font_with(letter: str) -> bytes:
    """The smallest TrueType font with one letter, a full square; what it lacks is an empty glyph."""
    square = struct.pack(">5h", 1, 0, 0, 800, 800) + struct.pack(">HH", 3, 0) + bytes([1] * 4)
    square += struct.pack(">4h", 0, 800, 0, -800) + struct.pack(">4h", 0, 0, 800, 0)
    cmap = struct.pack(">HHHHI", 0, 1, 3, 10, 12)
    cmap += struct.pack(">HHIIIIII", 12, 0, 28, 0, 1, ord(letter), ord(letter), 1)
    head = struct.pack(">IIIIHHQQ4hHHhhh", 0x10000, 0, 0, 0x5F0F3CF5, 0, 1000, 0, 0, 0, 0, 800, 800, 0, 8, 2, 1, 0)
    tables = {
        b"cmap": cmap,
        b"glyf": square,
        b"head": head,
        b"hhea": struct.pack(">Ihhh", 0x10000, 800, -200, 0) + struct.pack(">H", 1000) + bytes(22) + b"\0\2",
        b"hmtx": struct.pack(">HhHh", 1000, 0, 1000, 0),
        b"loca": struct.pack(">III", 0, 0, len(square)),
        b"maxp": struct.pack(">IH", 0x10000, 2) + struct.pack(">13H", 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    at, names, body = 12 + 16 * len(tables), b"", b""
    for name, content in tables.items():
        names += struct.pack(">4sIII", name, 0, at + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    return struct.pack(">IHHHH", 0x10000, len(tables), 64, 2, 48) + names + body


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What was found out of this machine's fonts."""
    found = (fonts._font_for, fonts._is_there, fonts._other)
    yield
    for one in found:
        one.cache_clear()


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_OTHERS", ("no-such-font.ttf",))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bamum.ttf").write_bytes(font_with(LETTER))
    monkeypatch.setattr(fonts, "_OTHERS", ("no-such-font.ttf", str(tmp_path / "bamum.ttf")))


@pytest.mark.usefixtures("machine")
def test_a_letter_is_drawn_with_the_first_font_that_has_it() -> None:
    assert png(picture(f"a{LETTER}b")) not in {png(picture("a\U0010fffdb")), png(picture("ab"))}
    assert lacking(picture(f"a{LETTER}b")) == set()


@pytest.mark.usefixtures("nothing")
def test_where_no_font_has_it_that_is_known_and_the_rest_is_drawn() -> None:
    assert lacking(picture(f"Ж → {LETTER} ✓ é")) == {LETTER}
    assert png(picture(f"a{LETTER}b")) == png(picture("a\U0010fffdb"))


@pytest.mark.usefixtures("nothing")
def test_the_message_beside_a_picture_says_that_letters_could_not_be_drawn() -> None:
    drawn = Pictured(picture=picture("Ж"), name="a.png", comment="*A*: Ж")
    boxes = Pictured(picture=picture(LETTER), name="a.png", comment=f"*A*: {LETTER}")
    assert beside(drawn) == "*A*: Ж"
    assert beside(boxes) == f"*A*: {LETTER}\n_Empty boxes in it are letters for which the bot's machine has no font._"


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(("anchor", "left", "right"), [("start", 60, 104), ("middle", 38, 82), ("end", 16, 60)])
def test_words_of_two_fonts_stay_where_they_are_anchored(anchor: str, left: int, right: int) -> None:
    words = Words(60, 30, f"ab{LETTER}", 20, "#000000", anchor=anchor)  # type: ignore[arg-type]
    content = png(Picture(width=120, height=40, title="", said="", background=BACKGROUND, groups=(Group((words,)),)))
    painted = Image.open(BytesIO(content)).convert("L").point(lambda tone: 255 * (tone < 128)).getbbox()
    assert painted is not None
    assert painted[0] / 2 == pytest.approx(left, abs=2)
    assert painted[2] / 2 == pytest.approx(right, abs=5)
