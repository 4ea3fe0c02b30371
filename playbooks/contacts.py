"""How a model card names a person or a group: one small grammar, read here and nowhere else."""

import re
from dataclasses import dataclass
from typing import Final, Literal

ContactKind = Literal[
    "email", "handle", "slack-user", "slack-group", "backstage", "pagerduty", "opsgenie", "rota", "name"
]
SCHEDULES: Final[frozenset[ContactKind]] = frozenset({"pagerduty", "opsgenie", "rota"})
"""Behind these is whoever is on call at the moment: another person next week."""

_NAMED_EMAIL: Final = re.compile(r"^(?P<label>[^<>@]{1,120}?)\s*<(?P<value>[^\s<>@]+@[^\s<>@]+)>$")
_EMAIL: Final = re.compile(r"^[^\s<>@,:]+@[^\s<>@,:]+\.[^\s<>@,:]+$")
_HANDLE: Final = re.compile(r"^@(?P<value>[^\s@]+)$")
_PREFIXED: Final[tuple[tuple[ContactKind, re.Pattern[str], str], ...]] = (
    ("slack-user", re.compile(r"^slack:(?P<value>[UW][A-Z0-9]{2,})$"), "somebody in Slack"),
    ("slack-group", re.compile(r"^slack-group:(?P<value>S[A-Z0-9]{2,})$"), "a Slack group"),
    ("pagerduty", re.compile(r"^pagerduty:(?P<value>[A-Za-z0-9]+)$"), "whoever is on call in PagerDuty"),
    ("opsgenie", re.compile(r"^opsgenie:(?P<value>[^/?#]{1,100})$"), "whoever is on call in Opsgenie"),
    ("rota", re.compile(r"^rota:(?P<value>[a-z0-9][a-z0-9._-]{0,99})$"), ""),
    ("backstage", re.compile(r"^backstage:(?P<value>\S*[^\s/:])$"), ""),
)


@dataclass(frozen=True)
class Contact:
    """Somebody to reach. `value` is what a lookup needs, `label` what people may see, never a raw id."""

    kind: ContactKind
    value: str
    label: str

    @property
    def is_group(self) -> bool:
        """True where reaching it reaches several people, which nobody should do by accident."""
        return self.kind == "slack-group" or (self.kind == "backstage" and self.value.startswith("group:"))

    @property
    def is_schedule(self) -> bool:
        """True where it names no person but a schedule that has to be asked."""
        return self.kind in SCHEDULES


def parse_contact(text: str) -> Contact:
    """Read one contact. What fits no pattern is a plain name: it can be shown, not reached."""
    text = " ".join(text.split())
    if found := _NAMED_EMAIL.match(text):
        return Contact("email", found["value"].lower(), found["label"].strip(" \"'"))
    if _EMAIL.match(text):
        return Contact("email", text.lower(), text)
    if found := _HANDLE.match(text):
        return Contact("handle", found["value"], text)
    for kind, pattern, label in _PREFIXED:
        if found := pattern.match(text):
            value = found["value"].strip()
            return Contact(kind, value, label or _short(kind, value))
    return Contact("name", text, text)


def _short(kind: ContactKind, value: str) -> str:
    return f"whoever is on call in the rota {value}" if kind == "rota" else re.split(r"[/:]", value)[-1]


def parse_contacts(text: str) -> tuple[Contact, ...]:
    """Read a comma-separated list of contacts, each once, in order."""
    contacts: dict[tuple[str, str], Contact] = {}
    for part in text.split(","):
        if part.strip():
            contact = parse_contact(part)
            contacts.setdefault((contact.kind, contact.value), contact)
    return tuple(contacts.values())
