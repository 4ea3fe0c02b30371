"""Who may do what in an incident, decided by the policy alone."""

from dataclasses import dataclass
from typing import Final

from playbooks.lifecycle import RuleBroken
from playbooks.policy import Policy

_WHO: Final = {
    "roles": "whoever holds a role in this incident, the model's owner and backup owner, or the person who opened it",
    "owner": "the commander, or the model's owner or backup owner",
}


@dataclass(frozen=True)
class Standing:
    """What somebody is to one incident."""

    is_commander: bool = False
    holds_a_role: bool = False
    is_owner: bool = False
    is_opener: bool = False


def check_permission(policy: Policy, action: str, standing: Standing) -> None:
    """Raise RuleBroken, saying who may, unless this person may do the action ('resolve', 'review-publish')."""
    allowed = policy.who_may(action)
    may_as_owner = standing.is_commander or standing.is_owner
    may_as_role = may_as_owner or standing.holds_a_role or standing.is_opener
    if {"anyone": True, "roles": may_as_role, "owner": may_as_owner}[allowed]:
        return
    raise RuleBroken(f"Your organisation's policy leaves this to {_WHO[allowed]}.")
