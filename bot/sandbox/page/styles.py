"""Bold, italic and struck-out words of mrkdwn: marks that stand at the edges of words, nested and never crossed."""

from __future__ import annotations

import re
from bisect import bisect_left

from markupsafe import Markup, escape

TAGS = {"*": "strong", "_": "em", "~": "s"}
# A letter or digit; an underline is none, so that `_*both*_` is both.
_WORD = r"[^\W_]"
_OPENS = {mark: rf"(?<!{_WORD}){re.escape(mark)}(?=[^\s{mark}])(?<!{re.escape(mark * 2)})" for mark in TAGS}
_CLOSES = {mark: re.compile(rf"(?<=[^\s{mark}]){re.escape(mark)}(?!{_WORD}|{re.escape(mark)})") for mark in TAGS}
_OPENING = {
    marks: re.compile("|".join(_OPENS[mark] for mark in marks))
    for marks in ("*_~", "*_", "*~", "_~", "*", "_", "~")
}  # fmt: skip


def styled(line: str, marks: str = "*_~") -> Markup:
    """One line, escaped, with its looks. The time it takes grows with its length alone, whatever is in it."""
    if not marks or not any(mark in line for mark in marks):
        return escape(line)
    ends = {mark: [found.start() for found in _CLOSES[mark].finditer(line)] for mark in marks}
    drawn, done, look = Markup(), 0, 0
    while found := _OPENING[marks].search(line, look):
        mark, opened = found[0], found.start()
        # At least one character stands between the marks.
        nth = bisect_left(ends[mark], opened + 2)
        if nth == len(ends[mark]):
            look = opened + 1
            continue
        closed = ends[mark][nth]
        inside = styled(line[opened + 1 : closed], marks.replace(mark, ""))
        drawn += escape(line[done:opened]) + Markup(f"<{TAGS[mark]}>") + inside + Markup(f"</{TAGS[mark]}>")  # noqa: S704
        done = look = closed + 1
    return drawn + escape(line[done:])
