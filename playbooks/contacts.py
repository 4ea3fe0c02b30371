"""How a model card names a person or a group: one small grammar, read here and nowhere else."""

import re
from dataclasses import dataclass
from typing import Final, Literal

ContactKind = Literal["email", "handle", "slack-user", "slack-group", "backstage", "pagerduty", "name"]

_NAMED_EMAIL: Final = re.compile(r"^(?P<label>[^<>@]{1,120}?)\s*<(?P<value>[^\s<>@]+@[^\s<>@]+)>$")
_EMAIL: Final = re.compile(r"^[^\s<>@,:]+@[^\s<>@,:]+\.[^\s<>@,:]+$")
_HANDLE: Final = re.compile(r"^@(?P<value>[^\s@]+)$")
_PREFIXED: Final[tuple[tuple[ContactKind, re.Pattern[str], str], ...]] = (
    ("slack-user", re.compile(r"^slack:(?P<value>[UW][A-Z0-9]{2,})$"), "somebody in Slack"),
    ("slack-group", re.compile(r"^slack-group:(?P<value>S[A-Z0-9]{2,})$"), "a Slack group"),
    ("pagerduty", re.compile(r"^pagerduty:(?P<value>[A-Za-z0-9]+)$"), "whoever is on call in PagerDuty"),
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
            return Contact(kind, found["value"], label or re.split(r"[/:]", found["value"])[-1])
    return Contact("name", text, text)


def parse_contacts(text: str) -> tuple[Contact, ...]:
    """Read a comma-separated list of contacts, each once, in order."""
    contacts: dict[tuple[str, str], Contact] = {}
    for part in text.split(","):
        if part.strip():
            contact = parse_contact(part)
            contacts.setdefault((contact.kind, contact.value), contact)
    return tuple(contacts.values())
