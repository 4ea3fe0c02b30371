"""What a service answered, made fit for people: without secrets and addresses of people, on one line, and cut."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from bot.logs import BLOT, Blotting
from bot.views.text import one_line

LONGEST: Final = 300
_LOOKED_AT: Final = 50_000

_NAMED: Final = re.compile(
    r"""(?ix)
    ( [\w.-]{0,40} (?: passw(?:or)?d | passphrase | pwd | secret | token | api[_-]?key | access[_-]?key
        | private[_-]?key | authorization | credentials? | session[_-]?id | cookie ) [\w.-]{0,40} ["']? \s* [:=] \s* )
    ( (?: (?: basic | bearer | token ) \s+ )? (?: \[secret\] | "[^"]* "? | '[^']* '? | [^\s"',;&}\])]+ ) )
    """
)
_LIKE_KEYS: Final = re.compile(
    r"""(?x)
      -----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|$)
    | \beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?
    | \b(?:AKIA|ASIA)[A-Z0-9]{12,}
    | \b(?:sk|pk|rk|dapi|ghp|gho|ghu|ghs|ghr|glpat|github_pat|hf|AIza|ya29|npm|pypi)[-_.]?[A-Za-z0-9_-]{20,}
    | (?i:(?<=\bbasic[ ])|(?<=\bbearer[ ]))[A-Za-z0-9+/=._~-]{6,}
    | (?<![\w+/=-])(?=[A-Za-z0-9+/_-]*[a-z])(?=[A-Za-z0-9+/_-]*[A-Z])(?=[A-Za-z0-9+/_-]*[0-9])[A-Za-z0-9+/_-]{32,}={0,2}
    """,
    re.DOTALL,
)
_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")


class Redactor:
    """Knows the secrets that must never leave, wherever they turn up; the rest goes by its looks."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)
        self._tokens = Blotting()

    def __call__(self, text: str) -> str:
        """The text as people may read it."""
        return one_line(self._without(text[:_LOOKED_AT]), LONGEST)

    def would_change(self, text: str) -> bool:
        """Whether a value cannot be shown, kept and sent back as it is."""
        return self(text) != text

    def _without(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, BLOT)
        text = self._tokens.blot(_LIKE_KEYS.sub(BLOT, text))
        return _EMAIL.sub("[e-mail]", _NAMED.sub(lambda found: f"{found[1]}{BLOT}", text))
