"""The fields of a review that a person or a playbook can fill: what each is called, and which must be there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from playbooks.pir import PIR_FIELDS

TITLES: Final[Mapping[str, str]] = {
    **PIR_FIELDS,
    "traffic_share": "Share of traffic",
    "money": "Money",
    "support_cases": "Support cases",
    "team_impact": "What it cost the team",
    "halve_detection": "How would we have noticed in half the time?",
    "contributing_factors": "What contributed? There is never only one thing",
    "recovery_lasting": "Is what ended it temporary or lasting?",
    "playbook_fell_short": "Where did the playbook fall short?",
    "went_well": "What went well",
    "went_badly": "What went badly",
    "lucky": "Where we were lucky",
    "surprises": "What surprised people",
    "how_we_knew": "How people knew what they knew, and what they took for normal",
    "debt": "Debt that this brought to light, and who carries it",
    "model_decision": "The model: keep, change, replace by something simpler, or retire?",
    "reviewers": "Who reviewed this, and against what",
}
"""Name of the field → its title."""

REQUIRED: Final = (
    "first_bad_at",
    "detected_at",
    "impact",
    "training_contamination",
    "contributing_factors",
    "recovery",
)
"""What must be answered before a review is published; “nobody knows” is an answer, when a person gives it."""
