"""The policy in sentences, for people who want to know what applies without reading YAML."""

from playbooks.durations import say_duration, say_every
from playbooks.lifecycle import Role, Severity
from playbooks.policy import Policy


def explain(policy: Policy) -> str:
    """The whole policy as plain text, a blank line between its parts."""
    parts = [_names(policy), _severities(policy), _roles(policy), _permissions(policy), _time(policy)]
    return "\n\n".join([*parts, _reviews(policy), _ownership(policy)]) + "\n"


def _names(policy: Policy) -> str:
    return (
        f"Incidents are called {policy.incident_prefix}-1, {policy.incident_prefix}-2 …; "
        f"their channels start with {policy.channel_prefix}-."
    )


def _severities(policy: Policy) -> str:
    lines = ["Severities:"]
    for severity in Severity:
        says = policy.severity(severity)
        due = says.review_due_days
        review = f"review due after {_days(due)}" if due else "no review is due"
        lines.append(f"  {severity.label} {says.name}: {says.means}")
        lines.append(f"       An update {say_every(says.update_every)}; {review}.")
    tiers = ", ".join(f"tier {tier} {policy.severity_for(tier).label}" for tier in range(4))
    lines.append(f"  Proposed at opening: {tiers}, tier unknown {policy.severity_for(None).label}.")
    lines.extend(f"  When in doubt: {question.ask}" for question in policy.questions)
    return "\n".join(lines)


def _roles(policy: Policy) -> str:
    first = [f"  {role.label}: {policy.instructions(role).splitlines()[0]}" for role in Role]
    after = say_duration(policy.suggest_handover_after)
    return "\n".join(["Roles:", *first, f"  After {after} the commander is asked whether to hand over."])


def _permissions(policy: Policy) -> str:
    by_who: dict[str, list[str]] = {"anyone": [], "roles": [], "owner": []}
    for action, who in policy.permissions.model_dump(by_alias=True).items():
        by_who[who].append(action)
    said = {
        "anyone": "Everybody in the channel may",
        "roles": "Role holders, owners and the opener may",
        "owner": "The commander and the model's owners may",
    }
    return "\n".join(f"{said[who]}: {', '.join(actions)}." for who, actions in by_who.items() if actions)


def _time(policy: Policy) -> str:
    working = policy.working_time
    where = f", public holidays of {working.country}{'-' + working.region if working.region else ''} excepted"
    return (
        f"Working time: {', '.join(working.days)} from {working.start:%H:%M} to {working.end:%H:%M} "
        f"({working.time_zone} unless a person's own zone is known){where if working.country else ''}."
    )


def _reviews(policy: Policy) -> str:
    rules = policy.reviews
    before = f"{_days(rules.remind_before_days)} before it is due, " if rules.remind_before_days else ""
    on_day = "on the day, " if rules.remind_on_day else ""
    return (
        f"The review is written by the {', else the '.join(rules.author)}. They are reminded {before}{on_day}"
        f"and every {_days(rules.remind_after_every_days)} once it is overdue; "
        f"after {rules.overdue_times_before_level_up} of those also whoever is one level up."
    )


def _ownership(policy: Policy) -> str:
    rules = policy.ownership
    return (
        f"The digest is posted on {rules.digest_day} at {rules.digest_time:%H:%M}. A model card nobody confirmed for "
        f"{rules.review_after_days} days is reported. An owner hears of gaps at most every "
        f"{say_duration(rules.message_owner_every)}, at most {rules.message_owner_lines} lines at a time, "
        f"{rules.message_owner_fixes} of them about what to mend. "
        f"Repeats are recognised for {say_duration(policy.remember_repeats_for)}."
    )


def _days(count: int) -> str:
    return f"{count} working day{'' if count == 1 else 's'}"
