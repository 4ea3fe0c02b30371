"""What people and machines do at a step, as commands of CACAO: words for people, requests where they are known."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Protocol
from urllib.parse import quote

from playbooks.asking import AliasCheck, AliasMove, Expected, HttpCall, HttpExpected, PrometheusCheck, ServingCheck
from playbooks.cacao.names import case_of, value_of, variable
from playbooks.durations import say_duration
from playbooks.evidence import evidence_of
from playbooks.model import Playbook
from playbooks.steps import ActionStep, CheckStep, DecisionStep, Evidence, Step, TaskStep, WaitStep

Command = dict[str, object]


class Fill(Protocol):
    """Puts CACAO's variables in place of the words in braces; `quote` is for what stands between them."""

    def __call__(self, text: str, quote: Callable[[str], str] = str, /) -> str: ...


ACTIVITIES: Final[Mapping[str | None, str]] = {
    "triage": "analyze-collected-data",
    "contain": "eliminate-risk",
    "diagnose": "analyze-collected-data",
    "mitigate": "restore-capabilities",
    "verify": "analyze-collected-data",
    "remediate": "restore-data",
    "communicate": "deliver-content",
}
OTHER_ACTIVITY: Final = "execute-operation"
_ALIASES: Final = "/api/2.0/mlflow/registered-models/alias"
_TAKES: Final = {"at-once": "at once", "minutes": "within minutes", "hours": "within hours", "never": "never"}


def answer_of(step: Step) -> str:
    """The variable that holds what people answered, or how a check or an action came out."""
    return f"answer.{step.id}" if isinstance(step, DecisionStep) else f"outcome.{step.id}"


def cases(step: DecisionStep) -> dict[str, str]:
    """The value that stands for each answer, by its label."""
    found: dict[str, str] = {}
    for option in step.options:
        found[option.label] = case_of(option.label, found.values())
    return found


def evidence_name(item: Evidence, playbook: Playbook) -> str:
    """Where a piece of evidence is kept: in the playbook's variable of that name, where there is one."""
    name = item.id.replace("-", "_")
    return f"vars.{name}" if name in playbook.vars else f"evidence.{item.id}"


def commands(step: Step, playbook: Playbook, fill: Fill) -> list[Command]:
    """The request that is known, if any, then what people do, in words. `fill` puts variables into texts."""
    activity = ACTIVITIES.get(step.phase, OTHER_ACTIVITY)
    request = _request(step, fill)
    before = [*_before(step)] if request is not None else []
    after = [*([] if before else _before(step)), *_words(step, asked=request is not None)]
    made = [_manual(before, fill), request, _manual([*after, *_to_write_down(step, playbook)], fill)]
    return [command | {"playbook_activity": activity} for command in made if command]


def _manual(texts: Iterable[str], fill: Fill) -> Command:
    said = "\n\n".join(fill(text) for text in texts)
    return {"type": "manual", "command": said} if said else {}


def _before(step: Step) -> Iterator[str]:
    """What comes before an action is sent: machines run commands in their order, and nobody may be passed over."""
    if isinstance(step, ActionStep):
        yield from filter(None, (step.do,))
        yield _agreed_and_undone(step)


def connection(step: Step) -> str | None:
    """The connection that a check or an action names."""
    if isinstance(step, CheckStep):
        return step.question.connection
    return step.call.connection if isinstance(step, ActionStep) else None


def written(step: Step, playbook: Playbook, *, decides: bool) -> list[str]:
    """The variables that doing the step fills."""
    names = [evidence_name(item, playbook) for item in evidence_of(step)]
    if decides:
        names.append(answer_of(step))
    return [variable(name) for name in dict.fromkeys(names)]


def _words(step: Step, *, asked: bool) -> Iterator[str]:
    if isinstance(step, CheckStep | ActionStep):
        yield from _around_a_request(step, asked=asked)
    elif isinstance(step, DecisionStep):
        yield from filter(None, (step.do, step.ask))
        yield _answers(step)
    elif isinstance(step, WaitStep):
        yield step.do or f"Wait {say_duration(step.for_)}."
    elif isinstance(step, TaskStep):
        yield step.do
        if step.done_when:
            yield f"Done when: {step.done_when}"


def _around_a_request(step: CheckStep | ActionStep, *, asked: bool) -> Iterator[str]:
    if isinstance(step, CheckStep) and asked:
        yield f"Judge the answer of the request: it passes when {_expected(step.question.expect)}."
    yield f"Where that request cannot be sent: {step.manual}" if asked else step.manual
    if isinstance(step, CheckStep) and step.for_:
        yield f"It must hold for {say_duration(step.for_)}."
    if step.on_fail:
        yield f"Set {value_of(answer_of(step))} to 'passed' or 'failed'."


def _to_write_down(step: Step, playbook: Playbook) -> Iterator[str]:
    for item in evidence_of(step):
        choices = f" ({' / '.join(item.choices)})" if item.choices else ""
        needed = ", which is needed" if item.required else ""
        yield f"Write down in {value_of(evidence_name(item, playbook))}{needed}: {item.ask}{choices}"


def _answers(step: DecisionStep) -> str:
    words = cases(step)
    lines = [f"Set {value_of(answer_of(step))} to your answer:"]
    for option in step.options:
        sets = "".join(f"; this sets {key} to {value}" for key, value in option.sets.items())
        lines.append(f"- '{words[option.label]}': {option.label}{sets}")
    return "\n".join(lines)


def _agreed_and_undone(step: ActionStep) -> str:
    undo = step.undo if isinstance(step.undo, str) else step.undo.manual
    who = " or ".join(step.approval)
    agreed = f"Before it is done, somebody else has to agree ({who}); never the person who asks for it."
    return f"{agreed} It can be taken back: {_TAKES[step.reversible]}. The way back: {undo}"


def _request(step: Step, fill: Fill) -> Command | None:
    """The request of a check or an action over HTTP; the host is the target's, so it is never named here."""
    if isinstance(step, CheckStep):
        return _asks(step.question, fill)
    if not isinstance(step, ActionStep):
        return None
    if isinstance(step.call, AliasMove):
        alias = step.call.alias or _serving_alias(step.call.connection)
        return _http(fill, "POST", _ALIASES, body={"name": step.call.model, "alias": alias, "version": step.call.to})
    return _http(fill, step.call.method, step.call.path, step.call.query, step.call.body)


def _asks(question: HttpCall | AliasCheck | ServingCheck | PrometheusCheck, fill: Fill) -> Command | None:
    if isinstance(question, HttpCall):
        return _http(fill, question.method, question.path, question.query, question.body)
    if isinstance(question, PrometheusCheck):
        return _http(fill, "GET", "/api/v1/query", {"query": question.query})
    if isinstance(question, AliasCheck):
        alias = question.alias or _serving_alias(question.connection)
        return _http(fill, "GET", _ALIASES, {"name": question.model, "alias": alias})
    # How an endpoint says its version differs from one to the next; only its connection knows.
    return None


def _serving_alias(connection: str) -> str:
    return f"{{connection.{connection}.alias}}"


def _http(
    fill: Fill, method: str, path: str, query: Mapping[str, str] | None = None, body: Mapping[str, object] | None = None
) -> Command:
    pairs = "&".join(f"{_encoded(key)}={fill(value, _encoded)}" for key, value in (query or {}).items())
    made: Command = {"type": "http-api", "command": f"{method} {fill(path)}{f'?{pairs}' if pairs else ''} HTTP/1.1"}
    if body is not None:
        made["headers"] = {"Content-Type": ["application/json"]}
        made["content"] = fill(json.dumps(body, ensure_ascii=False))
    return made


def _encoded(text: str) -> str:
    return quote(text, safe="")


def _expected(expected: Expected) -> str:
    what = f"what stands at {expected.pointer}" if isinstance(expected, HttpExpected) and expected.pointer else "it"
    status = f"its status is {expected.status} and " if isinstance(expected, HttpExpected) else ""
    values = expected.value if isinstance(expected.value, tuple) else (expected.value,)
    wanted = " ".join(filter(None, [", ".join(value for value in values if value)]))
    return f"{status}{what} {expected.op} {wanted}".strip()
