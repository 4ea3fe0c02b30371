"""A whole playbook as one CACAO v2.0 document; written again, it is the same to the letter."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from playbooks.cacao import commands as said
from playbooks.cacao import names
from playbooks.cacao.flow import START, Flow, Node, flow
from playbooks.durations import say_duration, say_every
from playbooks.evidence import evidence_of
from playbooks.fields import field_title
from playbooks.lifecycle import Role
from playbooks.model import Playbook
from playbooks.pinning import Pinned
from playbooks.steps import CheckStep, DecisionStep, EndStep, IncludeStep, Step, WaitStep

Object = dict[str, object]

_NOBODY: Final = "whoever-takes-it"
_TYPES: Final = {
    "triage": "investigation", "diagnose": "investigation", "contain": "mitigation", "mitigate": "mitigation",
    "verify": "detection", "remediate": "remediation", "communicate": "notification", "close": "prevention",
}  # fmt: skip
_STEPS: Final = {
    "start": "start", "do": "action", "include": "playbook-action", "choose": "switch-condition",
    "judge": "if-condition", "when": "if-condition", "end": "end",
}  # fmt: skip
_URL: Final = re.compile(r"https?://[^\s()]+")


def document(pinned: Pinned) -> Object:
    """The document. Playbooks that are included are referred to by the ids that their own export has."""
    playbook = pinned.playbook
    return _Writing(pinned, flow(playbook)).whole()


class _Writing:
    def __init__(self, pinned: Pinned, way: Flow) -> None:
        self.pinned = pinned
        self.playbook = pinned.playbook
        self.flow = way
        self.agents: dict[str, Object] = {}
        self.targets: dict[str, Object] = {}
        self.variables: dict[str, Object] = {}

    def whole(self) -> Object:
        playbook = self.playbook
        workflow = {self._id(node): self._step(node) for node in self.flow.nodes.values()}
        steps = [node.step for node in self.flow.nodes.values() if node.step is not None]
        phases = [step.phase for step in steps if step.phase]
        doing = [node.step for node in self.flow.nodes.values() if node.kind == "do" and node.step]
        activities = {said.ACTIVITIES.get(step.phase, said.OTHER_ACTIVITY) for step in doing}
        made: Object = {
            "type": "playbook",
            "spec_version": "cacao-2.0",
            "id": names.playbook_id(playbook),
            "name": playbook.title,
            "description": "\n\n".join(self._text(text) for text in _about(playbook)),
            "playbook_types": sorted({_TYPES[phase] for phase in phases}),
            "playbook_activities": sorted(activities),
            "created_by": names.identity_id(playbook.owner),
            "created": names.CREATED,
            "modified": names.modified(playbook),
            "labels": ["ml-incident", playbook.id, *playbook.applies_to.failure_modes],
            "external_references": [_reference(source) for source in playbook.sources],
            "playbook_variables": dict(sorted(self.variables.items())),
            "workflow_start": self._id(self.flow.nodes[START]),
            "workflow": workflow,
            "agent_definitions": self.agents,
            "target_definitions": self.targets,
        }
        return {key: value for key, value in made.items() if value}

    def _id(self, node: Node) -> str:
        return names.object_id(_STEPS[node.kind], self.playbook, node.key)

    def _to(self, key: str) -> str:
        return self._id(self.flow.nodes[key])

    def _step(self, node: Node) -> Object:
        made: Object = {"type": _STEPS[node.kind], "name": self._name(node)}
        if node.kind == "do" and node.step is not None:
            made |= self._doing(node.step, decides=node.leads[""] == f"{node.step.id}?")
        elif isinstance(node.step, IncludeStep):
            made |= self._including(node.step)
        elif isinstance(node.step, EndStep) and node.step.do:
            made["description"] = self._text(node.step.do)
        elif node.branches and node.step is not None:
            made |= self._condition(node, node.step)
        onward = self.flow.after.get(node.key) or node.leads.get("")
        return made | ({"on_completion": self._to(onward)} if onward else {})

    def _name(self, node: Node) -> str:
        if node.step is None:
            return "Start" if node.kind == "start" else "End of this branch"
        title = self._text(node.step.title)
        return f"{title} (where it applies)" if node.kind == "when" else title

    def _doing(self, step: Step, *, decides: bool) -> Object:
        made: Object = {}
        if about := "\n\n".join(self._text(text) for text in _description(step)):
            made["description"] = about
        if isinstance(step, WaitStep):
            made["delay"] = max(1, int(step.for_.total_seconds() * 1000))
        for item in evidence_of(step):
            kind = "uri" if item.kind == "link" else "string"
            self._declare(said.evidence_name(item, self.playbook), item.ask, kind)
        made["commands"] = said.commands(step, self.playbook, self._text)
        made["agent"] = self._agent(step.role)
        if (name := said.connection(step)) is not None:
            made["targets"] = [self._target(name)]
            made["in_args"] = [names.variable(f"connection.{name}")]
        if written := said.written(step, self.playbook, decides=decides):
            made["out_args"] = written
        if decides:
            self._declare(said.answer_of(step), f"What was answered or found: {step.title}")
        return made

    def _including(self, step: IncludeStep) -> Object:
        inner = self.pinned.included[step.playbook]
        about = f"The playbook “{inner.title}” ({inner.id} {inner.version}), walked here."
        made: Object = {"description": about, "playbook_id": names.playbook_id(inner)}
        return made | {"playbook_version": names.modified(inner)}

    def _condition(self, node: Node, step: Step) -> Object:
        if node.kind == "choose" and isinstance(step, DecisionStep):
            words = said.cases(step)
            leads = {words[option.label]: self._to(node.leads[option.label]) for option in step.options}
            # Whoever cannot tell, and whoever skips the question, goes the same way.
            leads["default"] = leads[words[step.cannot_tell.label]]
            return {"switch": names.value_of(said.answer_of(step)), "cases": leads}
        ways = {f"on_{way}": self._to(key) for way, key in node.leads.items()}
        if node.kind == "judge":
            return {"condition": f"{names.value_of(said.answer_of(step))} = 'passed'", **ways}
        return {"condition": self._when(step), **ways}

    def _when(self, step: Step) -> str:
        """All keys, each with one of its values; what is not known (empty) never hides a step."""
        parts = []
        for key, values in getattr(step, "when", {}).items():
            self._declare(key, _meaning(key), is_external=not key.startswith("vars."))
            tests = [f"{names.value_of(key)} = {names.literal(value)}" for value in (*values, "")]
            parts.append(f"({' OR '.join(tests)})")
        return " AND ".join(parts)

    def _agent(self, role: str | None) -> str:
        kind = "individual" if role in set(Role) else "group"
        found = names.object_id(kind, self.playbook, f"agent {role or _NOBODY}")
        if role is None:
            name, about = "Whoever takes it", "Anybody in the incident's channel."
        elif role.startswith("poc:"):
            name = field_title(f"poc.{role.removeprefix('poc:')}")
            about = "The model's point of contact in this team, as its registry names it."
        else:
            name, about = Role(role).label, "Whoever holds this role in the incident."
        self.agents[found] = {"type": kind, "name": name, "description": about}
        return found

    def _target(self, name: str) -> str:
        found = names.object_id("http-api", self.playbook, f"target {name}")
        self._declare(f"connection.{name}", f"The host of the service that is called “{name}” here", is_external=True)
        about = f"The service “{name}”. Its host is not part of a playbook: set {names.variable(f'connection.{name}')}."
        address = {"dname": [names.value_of(f"connection.{name}")]}
        self.targets[found] = {"type": "http-api", "name": name, "description": about, "address": address}
        return found

    def _text(self, text: str, quote: Callable[[str], str] = str) -> str:
        """The text with variables in place of words in braces, each of them declared."""
        for name in names.used_in(text):
            self._declare(name, _meaning(name), is_external=not name.startswith("vars."))
        return names.with_variables(text, quote)

    def _declare(self, name: str, about: str, kind: str = "string", *, is_external: bool = False) -> None:
        key = names.variable(name)
        variable = self.playbook.vars.get(name.removeprefix("vars.")) if name.startswith("vars.") else None
        about = names.without_variables(variable.ask if variable else about)
        row: Object = {"type": kind, "description": about, "value": ""}
        self.variables.setdefault(key, row | ({"external": True} if is_external else {}))


def _meaning(name: str) -> str:
    what, _, rest = name.partition(".")
    if what == "model":
        return f"{field_title(rest)} of the model that fails"
    return f"{rest} of the {what}" if rest else name


def _description(step: Step) -> Iterator[str]:
    if step.why:
        yield f"Why: {step.why}"
    if step.phase:
        yield f"Phase: {step.phase}."
    due = getattr(step, "due", None)
    if due is not None:
        yield f"Should be done within {say_duration(due)}; nothing fails when it is not."
    if isinstance(step, CheckStep) and step.pir_field:
        yield "What is found belongs into the review."


def _about(playbook: Playbook) -> Iterator[str]:
    if playbook.summary:
        yield playbook.summary
    if playbook.signals:
        yield "\n".join(["Signals:", *(f"- {signal}" for signal in playbook.signals)])
    if playbook.close_when:
        yield "\n".join(["Over when:", *(f"- {criterion}" for criterion in playbook.close_when)])
    if playbook.timers:
        lines = (
            f"- after {say_duration(timer.after)}{f', then {say_every(timer.every)}' if timer.every else ''}, to "
            f"{timer.remind}: {timer.text}"
            for timer in playbook.timers
        )
        yield "\n".join(["Reminders beside the steps:", *lines])
    yield f"Written by ml-incident from its playbook {playbook.id}, version {playbook.version}."


def _reference(source: str) -> Mapping[str, str]:
    url = _URL.search(source)
    if url is None:
        return {"name": source[:100], "source": source}
    rest = source.replace(url[0], "").strip(" ()")
    return {"name": rest or url[0], "url": url[0]}
