"""The colours of a picture. White words on each phase's colour have a contrast of at least 4.5 to 1 (WCAG 2.2 AA)."""

from collections.abc import Mapping
from typing import Final

from playbooks.drawing.picture import Colour

PHASES: Final[Mapping[str | None, Colour]] = {
    "triage": "#6b4fa0",
    "contain": "#a8480b",
    "diagnose": "#1d5fa8",
    "mitigate": "#b3261e",
    "verify": "#0b716a",
    "remediate": "#4a6f14",
    "communicate": "#9a2c72",
    "close": "#44546a",
    None: "#5f5c57",
}
BACKGROUND: Final = "#fbfaf7"
INK: Final = "#1c1b1a"
QUIET: Final = "#55524d"
FAINT: Final = "#cfcbc4"
LINE: Final = "#6f6b65"
LOOP: Final = "#9a5b00"
ENDING: Final = "#f1f0ec"
NOW: Final = "#fff3c4"
TAKEN: Final = "#0f172a"


def paler(colour: Colour, share: float = 0.62) -> Colour:
    """The colour, this much nearer to the background."""
    mixed = (
        round(int(colour[at : at + 2], 16) * (1 - share) + int(BACKGROUND[at : at + 2], 16) * share) for at in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)
