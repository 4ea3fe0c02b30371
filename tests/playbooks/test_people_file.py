"""The people file says who is meant by names that Slack cannot know."""

from __future__ import annotations

import pytest

from playbooks.contacts import parse_contact
from playbooks.people import PeopleBroken, read_people

PEOPLE = """\
people:
  Ana Moreau: ana@example.com
  "@old-handle": slack:U01ANAMOR
  backstage:user:default/lee: Lee Okafor <LEE@example.com>
  kim@old.example.com: kim@example.com
"""


def test_names_handles_entities_and_old_addresses_stand_for_one_account() -> None:
    assert read_people(PEOPLE, "people.yaml") == {
        "Ana Moreau": "ana@example.com",
        "@old-handle": "slack:U01ANAMOR",
        "backstage:user:default/lee": "lee@example.com",
        "kim@old.example.com": "kim@example.com",
    }


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Bo: U01ANAMOR", "6:7: people.Bo: “U01ANAMOR” is no e-mail address and no Slack id; a Slack id is written"),
        ('Bo: "@bo"', "people.yaml:6:7: people.Bo: “@bo” is no e-mail address and no Slack id."),
        ("slack-group:S012: a@example.com", "people.yaml:6:3: people.slack-group:S012: is a group, which means itself"),
        ("rota:search: a@example.com", "people.yaml:6:3: people.rota:search: is a schedule, which means itself"),
        ("a@example.com: A@example.com", "people.yaml:6:3: people.a@example.com: stands for itself; remove this line."),
        ('"Ana  Moreau": a@example.com', "means the same as “Ana Moreau” above it; keep one."),
        ("Ana Moreau: a@example.com", "people.yaml:6:3: people.Ana Moreau: is there twice; keep one."),
        ("Bo: [a@example.com]", "people.yaml:6:7: people.Bo: expected text"),
    ],
)  # fmt: skip
def test_every_fault_is_named_with_its_place(line: str, fault: str) -> None:
    with pytest.raises(PeopleBroken) as broken:
        read_people(f"{PEOPLE}  {line}\n", "people.yaml")
    assert fault in str(broken.value)


@pytest.mark.parametrize(
    ("written", "kind", "value", "label"),
    [
        ("opsgenie:Search on-call", "opsgenie", "Search on-call", "whoever is on call in Opsgenie"),
        ("rota:search-ranking", "rota", "search-ranking", "whoever is on call in the rota search-ranking"),
        ("pagerduty:PABC123", "pagerduty", "PABC123", "whoever is on call in PagerDuty"),
        ("rota:", "name", "rota:", "rota:"),
        ("opsgenie:../../users", "name", "opsgenie:../../users", "opsgenie:../../users"),
    ],
)
def test_schedules_are_contacts_that_name_no_person(written: str, kind: str, value: str, label: str) -> None:
    contact = parse_contact(written)
    assert (contact.kind, contact.value, contact.label) == (kind, value, label)
    assert contact.is_schedule == (kind != "name")
    assert not contact.is_group
