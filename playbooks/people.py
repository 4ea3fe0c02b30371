"""The operator's people file: who is meant by names that Slack cannot know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from playbooks.checking import Strict, validate
from playbooks.contacts import Contact, parse_contact
from playbooks.faults import Fault, FileBroken
from playbooks.reading import Document, read_yaml

_REACHED: Final = frozenset({"email", "slack-user"})
_ASKED: Final = frozenset({"handle", "name", "backstage", "email"})


class PeopleBroken(FileBroken):
    """The people file cannot be used; `faults` names every place that has to be mended."""


def _account(text: str) -> str:
    if parse_contact(text).kind not in _REACHED:
        hint = "; a Slack id is written slack:U0123ABCD" if text[:1] in {"U", "W"} else ""
        raise ValueError(f"“{text[:60]}” is no e-mail address and no Slack id{hint}")
    return text


_Account = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_account)]


class File(Strict):
    """The whole file."""

    people: Annotated[Mapping[str, _Account], Field(max_length=20_000)]


def read_people(content: bytes | str, file: str) -> dict[str, str]:
    """Contact as `contact_key` writes it → an e-mail address or Slack id. Raises PeopleBroken with every fault."""
    document = read_yaml(content, file)
    if document.faults:
        raise PeopleBroken(document.faults)
    read, faults = validate(File, document)
    if read is not None:
        faults = [*faults, *_faults(read, document)]
    if faults or read is None:
        raise PeopleBroken(faults)
    return {contact_key(name): contact_key(account) for name, account in read.people.items()}


def _faults(read: File, document: Document) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for name, account in read.people.items():
        contact, at = parse_contact(name), ("people", name)
        if contact.kind not in _ASKED or contact.is_group:
            said = "is a group" if contact.is_group else "is a schedule" if contact.is_schedule else "is a Slack id"
            yield document.fault(at, f"{said}, which means itself; remove this line.", at_key=True)
        elif contact_key(contact) == contact_key(account):
            yield document.fault(at, "stands for itself; remove this line.", at_key=True)
        elif (before := seen.get(contact_key(contact))) is not None:
            yield document.fault(at, f"means the same as “{before[:60]}” above it; keep one.", at_key=True)
        seen.setdefault(contact_key(contact), name)


_PREFIX: Final = {
    "handle": "@",
    "slack-user": "slack:",
    "slack-group": "slack-group:",
    "pagerduty": "pagerduty:",
    "opsgenie": "opsgenie:",
    "rota": "rota:",
    "backstage": "backstage:",
}


def contact_key(contact: Contact | str) -> str:
    """How a contact is written once, whatever name stands beside the address: ana@example.com, slack:U01ANAMOR."""
    contact = parse_contact(contact) if isinstance(contact, str) else contact
    return _PREFIX.get(contact.kind, "") + contact.value
