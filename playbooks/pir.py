"""The fields of a post-incident review that evidence from a playbook can fill."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PIR_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "first_bad_at": "First bad prediction",
        "detected_at": "Detected",
        "detected_by": "Detected by",
        "impact": "Impact",
        "versions_affected": "Versions affected",
        "version_serving": "Version that was really serving",
        "rollback_target": "Version to roll back to",
        "consumers": "Consumers affected",
        "slices": "Slices affected",
        "prediction_window.start": "Bad predictions from",
        "prediction_window.end": "Bad predictions until",
        "prediction_window.confidence": "How sure we are of that window",
        "predictions_affected.count": "Predictions affected",
        "predictions_affected.how_counted": "How they were counted",
        "users_affected": "Users affected",
        "decisions_acted_on": "Decisions that were acted on",
        "data_window.start": "Bad data from",
        "data_window.end": "Bad data until",
        "data_sources": "Data sources",
        "data_features": "Features",
        "training_contamination": "Did bad data or predictions reach a training set?",
        "contaminated_datasets": "Data sets contaminated",
        "models_trained_since": "Models trained since",
        "feedback_contamination": "Other places that keep bad data",
        "experiments": "Experiments spoilt",
        "baseline.metric": "Metric",
        "baseline.expected": "Expected value",
        "baseline.observed": "Observed value",
        "trigger": "Trigger",
        "candidate_changes": "Changes that may be behind it",
        "cause_class": "Kind of cause",
        "cause_confidence": "How sure we are of the cause",
        "fallback_used": "Fallback used",
        "fallback_since": "Fallback used since",
        "recovery": "What ended it",
        "evidence_hold": "Evidence kept",
        "remediation.backfill": "Backfill",
        "remediation.recompute": "Recompute",
        "remediation.retrain": "Retrain",
        "remediation.purge": "Purge",
        "remediation.customer_contact": "Contact with customers",
        "reportable": "Reportable",
        "cleanup": "To clean up",
    }
)
