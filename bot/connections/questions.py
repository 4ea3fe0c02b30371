"""Asking what a check asks: one function for each kind of question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Final, TypeVar

from bot.connections import mlflow
from bot.connections.calling import Down, Reply, call, place
from bot.connections.connection import Connection
from bot.connections.outcomes import Answer, Unusable
from bot.connections.redacting import Redactor
from playbooks.asking import READING, AliasCheck, HttpCall, HttpExpected, PrometheusCheck, ServingCheck
from playbooks.filling import Facts, fill_expected, fill_path, fill_pointer, fill_promql, fill_request, fill_text
from playbooks.verdicts import MISSING, Verdict, brief, find, judge, number, write

T = TypeVar("T")

AT_ONCE: Final = 8
_LONGEST_GET: Final = 2_000


def ask_http(connection: Connection, asked: HttpCall, facts: Facts, show: Redactor) -> Answer:
    """Whether the answer is what it should be; of several replicas, every answer."""
    if asked.method not in READING:
        raise Unusable(f"A check only reads, and {asked.method} does not; make this step an action.")
    request = fill_request(asked, facts)
    connection.permit(request.method, request.path)
    expected = fill_expected(asked.expect, facts)
    if expected.pointer:
        expected = expected.model_copy(update={"pointer": fill_pointer(expected.pointer, facts)})

    # Asked for a value, a service that fails says nothing about it; asked for its health, it does.
    is_about_a_value = expected != HttpExpected(status=expected.status)

    def ask(replica: int) -> Verdict:
        reply = call(connection, request.method, request.path, request.body, replica=replica)
        refuse_to_judge(connection, reply, expected.status, replica)
        if is_about_a_value and reply.status >= 500 and reply.status != expected.status:
            raise Down(f"{place(connection, replica)} failed (HTTP {reply.status}). Look at its log.", sent=True)
        return judge(expected, reply.body, status=reply.status, show=show)

    found = _of_every_replica(connection, ask)
    if len(found) == 1:
        return _alone(found[0])
    wrong = next((one for one in found if isinstance(one, Verdict) and not one.passed), None)
    if wrong is not None:
        return Answer(passed=False, got=wrong.got, said=f"Replica {found.index(wrong) + 1}: {wrong.said}")
    silent = next((one for one in found if isinstance(one, Down)), None)
    return _alone(silent if silent is not None else found[0])


def ask_alias(connection: Connection, asked: AliasCheck, facts: Facts, show: Redactor) -> Answer:
    """Which version an alias points at."""
    model, alias = mlflow.alias_of(connection, asked, facts)
    expected = fill_expected(asked.expect, facts)
    connection.permit("GET", mlflow.ALIAS)
    version = mlflow.version_behind(connection, model, alias)
    what = f"The alias {alias} of {model}"
    return _alone(judge(expected, MISSING if version is None else version, what=show(what), show=show))


def ask_serving(connection: Connection, asked: ServingCheck, facts: Facts, show: Redactor) -> Answer:
    """Which version the endpoint itself reports, asked of every replica; all of them must agree."""
    if connection.version is None:
        raise Unusable(f"The connection {connection.name} does not say where the version stands.")
    about = {**facts, "model.name": fill_text(asked.model, facts)}
    path, expected = fill_path(connection.version.path, about), fill_expected(asked.expect, facts)
    pointer = connection.version.pointer
    where = None if pointer is None else fill_pointer(pointer, about)
    connection.permit("GET", path)

    def ask(replica: int) -> str:
        reply = call(connection, "GET", path, replica=replica)
        refuse_to_judge(connection, reply, 200, replica)
        if reply.status != 200:
            raise Down(f"{place(connection, replica)} answered {reply.status}, and no version.", sent=True)
        value = reply.body if where is None else find(reply.body, where)
        if not isinstance(value, str | int | Decimal) or isinstance(value, bool) or not str(value).strip():
            raise Down(f"{place(connection, replica)} reports no version at {where or 'its address'}.", sent=True)
        return str(value).strip()

    found = _of_every_replica(connection, ask)
    got = show(_grouped([brief(show(one)) if isinstance(one, str) else None for one in found]))
    silent = next((one for one in found if isinstance(one, Down)), None)
    wrong = next(
        (v for one in found if isinstance(one, str) and not (v := judge(expected, one, show=show)).passed), None
    )
    if wrong is not None:
        return Answer(passed=False, got=got, said=f"Serving now: {got}. {wrong.said}")
    if silent is not None:
        return Answer(passed=None, got=got, said=str(silent), problem=str(silent))
    return Answer(passed=True, got=got, said=f"Serving now: {got}, as expected.")


def ask_prometheus(connection: Connection, asked: PrometheusCheck, facts: Facts, show: Redactor) -> Answer:
    """The one number that a query gives now."""
    query, expected = fill_promql(asked.query, facts), fill_expected(asked.expect, facts)
    value = number_of(connection, query, may_be_absent=expected.op in ("exists", "absent"))
    return _alone(judge(expected, value, what="The number", show=show))


def number_of(connection: Connection, query: str, *, may_be_absent: bool = False) -> object:
    """The one number that a finished PromQL query gives; MISSING where there may be none. Raises Down and Unusable."""
    path = fill_path("/api/v1/query", {"q": query}, {"query": "{q}"})
    if len(path) > _LONGEST_GET:
        raise Unusable(f"The query is longer than {_LONGEST_GET:,} characters; write a recording rule for it.")
    connection.permit("GET", path)
    reply = call(connection, "GET", path)
    refuse_to_judge(connection, reply, 200)
    if reply.status != 200 or reply.fields.get("status") != "success":
        why = str(reply.fields.get("error") or f"HTTP {reply.status}").rstrip(".")
        raise Down(f"{connection.name} gave no number ({why}). Try the query there by hand.", sent=True)
    return _sample(connection, reply, may_be_absent=may_be_absent)


def _sample(connection: Connection, reply: Reply, *, may_be_absent: bool) -> object:
    kind, result = find(reply.body, "/data/resultType"), find(reply.body, "/data/result")
    if kind == "vector" and isinstance(result, list):
        if not result and may_be_absent:
            return MISSING
        if len(result) != 1:
            many = f"{len(result)} numbers: make it one, for example with sum(…)" if result else "nothing"
            raise Down(f"The query to {connection.name} gives {many}. Look at it there by hand.", sent=True)
        text = find(result[0], "/value/1")
    else:
        text = find(result, "/1") if kind == "scalar" else MISSING
    found = number(str(text))
    if found is None:
        what = write(text) if text == "NaN" else "no number"
        raise Down(f"The query to {connection.name} gives {what}. Look at it there by hand.", sent=True)
    return found


def refuse_to_judge(connection: Connection, reply: Reply, expected: int, replica: int = 0) -> None:
    """Answers that say something of the bot instead of what was asked are no answers. Raises Down."""
    where = place(connection, replica)
    if reply.status == expected:
        return
    if reply.status in (401, 403, 407):
        raise Down(f"{where} does not let the bot in (HTTP {reply.status}). Check its auth.", sent=False)
    if reply.status == 429:
        raise Down(f"{where} asks for fewer questions (HTTP 429). Try again in a minute.", sent=False)
    if 300 <= reply.status < 400:
        raise Down(f"{where} sends the bot to another address. Write the final one as its base_url.", sent=True)


def _of_every_replica(connection: Connection, ask: Callable[[int], T]) -> list[T | Down]:
    def one(replica: int) -> T | Down:
        try:
            return ask(replica)
        except Down as down:
            return down

    replicas = range(len(connection.base_urls)) or range(1)
    if len(replicas) == 1:
        return [one(0)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, replicas))


def _alone(found: Verdict | Down) -> Answer:
    if isinstance(found, Down):
        raise found
    return Answer(found.passed, found.got, found.said)


def _grouped(versions: list[str | None]) -> str:
    """'7 (2 of 3), 8 (replica 3)': hosts are nobody's business."""
    if len(versions) == 1:
        return versions[0] or ""
    said = []
    for version, count in Counter(versions).most_common():
        where = f"{count} of {len(versions)}" if count > 1 else f"replica {versions.index(version) + 1}"
        said.append(f"{version or 'no answer'} ({where})")
    return ", ".join(said)
