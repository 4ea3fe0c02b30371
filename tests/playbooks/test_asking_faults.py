"""What is found in faulty checks and actions, in texts that are filled in, and in names; and where."""

from datetime import date
from pathlib import Path

import pytest

from playbooks.load import check, load_library, parse_playbook
from tests.playbooks.whole import WHOLE

TODAY = date(2026, 11, 20)
HOSTS = "a playbook names no host: the operator's settings say where a connection leads"


def faults_of(text: str, tmp_path: Path, connections: tuple[str, ...] = ("shop",)) -> list[str]:
    file = tmp_path / "whole.yaml"
    file.write_text(text, "utf-8")
    return [str(fault).removeprefix(f"{file}:") for fault in check([file], today=TODAY, connections=connections)]


def test_a_playbook_with_every_field_has_no_fault(tmp_path: Path) -> None:
    assert faults_of(WHOLE, tmp_path) == []
    assert {step.kind for step in parse_playbook(WHOLE, "whole.yaml").steps} == {
        "task", "decision", "check", "action", "wait", "include", "end",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("      method: GET\n", "      method: POST\n", "53:15: steps[2].http.method", "a check only reads"),
        ("      method: GET\n", "      method: FETCH\n", "53:15: steps[2].http.method", "Allowed: DELETE, GET, HEAD"),
        ("      method: GET\n", "      body: {a: b}\n", "steps[2].http.body", "GET sends no body"),
        ("      method: GET\n", "      method: HEAD\n", "steps[2].http.expect.pointer", "HEAD brings no body"),
        ("connection: shop\n      method: GET", "connection: shopp", "steps[2].http.connection", "did you mean “shop”"),
        ("connection: serving", "connection: nobody", "steps[4].serving.connection", "mlflow, prometheus"),
        ("connection: shop\n      method: GET", "connection: https://shop.example.com", "52:19: steps[2]", HOSTS),
        ("      method: GET\n", "      url: https://shop.example.com\n", "53:7: steps[2].http.url", HOSTS),
        ("    title: It is served\n", "    title: x\n    host: shop\n", "steps[4].host", HOSTS),
        ("{full: \"1\"}, pointer", "{full: \"1\"}, host: shop, pointer", "steps[7].before.host", HOSTS),
        ("{method: PUT, path", "{method: PUT, server: shop, path", "steps[7].undo.request.server", HOSTS),
        ("path: /models/{model.name}/status", "path: https://x.example.com/", "steps[2].http.path", HOSTS),
        ("path: /models/{model.name}/status", "path: //x.example.com/", "steps[2].http.path", HOSTS),
        ("path: /models/{model.name}/status", "path: /50%-off", "steps[2].http.path", "write %25 for a percent sign"),
        ("path: /models/{model.name}/status", "path: models", "steps[2].http.path", "begins with one /"),
        ("      method: GET\n", "      headers: {a: b}\n", "steps[2].http.headers", "no headers and no secrets"),
        ("before: {path", "before: {method: POST, path", "steps[7].before.method", "always read with GET"),
        ("pointer: /models/0/version, ", "", "steps[2].http.expect", "say with `pointer` which value"),
        ("pointer: /models/0/version", "pointer: models", "steps[2].http.expect.pointer", "JSON Pointer"),
        (", value: [\"{vars.last_good}\", 7]", "", "steps[2].http.expect", "`one-of` compares with something"),
        ("[\"{vars.last_good}\", 7]", "7", "steps[2].http.expect.value", "each of a list"),
        ("op: one-of", "op: exists", "56:69:", "`exists` compares with nothing"),
        ("op: one-of", "op: equals", "steps[2].http.expect.value", "for several use `one-of`"),
        ("op: one-of", "op: oneof", "steps[2].http.expect.op", "did you mean “one-of”"),
        ("op: at-most, value: 0.01", "op: at-most, value: little", "steps[5].prometheus.expect.value", "a number"),
        ("op: at-most, value: 0.01", "op: at-most, value: .nan", "steps[5].prometheus.expect.value", "“.nan” is none"),
        ("{value: 7}", "{op: at-least, value: seven}", "steps[4].serving.expect.value", "compares numbers"),
        ("{value: 7}", "{}", "steps[4].serving.expect", "`equals` compares with something"),
        ("{value: 7}", "{value: {a: b}}", "steps[4].serving.expect.value", "expected text or a list"),
        ("    on_fail: look\n  - id: alias", "  - id: alias", "steps[2].on_fail", "is missing. The step"),
        ("    manual: Ask every replica.\n", "", "steps[4].manual", "is missing. What people do by hand"),
        ("    approval: [commander, poc:dsp]\n", "", "steps[6].approval", "is missing. Who may agree to it"),
        ("    reversible: at-once\n", "", "steps[6].reversible", "is missing. How fast it can be taken back"),
        ("    manual: Move it by hand.\n", "", "steps[6].manual", "is missing. What people do by hand"),
        ("    undo: Move it back.\n", "", "steps[6].undo", "is missing. How it is taken back"),
        ("      manual: Put back what was there.\n", "", "steps[7].undo.manual", "is missing. How people take it back"),
        ("      manual: Put back", "      manuel: x\n      manual: Put back", "undo.manuel", "did you mean “manual”"),
        ("undo: Move it back.", "undo: 7", "steps[6].undo", "expected fields with names (`name: value`) or text"),
        ("approval: [anyone]", "approval: [anybody]", "steps[7].approval[0]", "commander, comms"),
        ("approval: [anyone]", "approval: []", "steps[7].approval", "needs at least 1"),
        ("reversible: minutes", "reversible: soon", "steps[7].reversible", "at-once, hours, minutes, never"),
        ("on_fail: move\n  - id: served", "on_fail: mov\n  - id: served", "steps[3].on_fail", "did you mean “move”"),
        ("    serving: {", "    mlflow: {expect: {value: 7}}\n    serving: {", "steps[4]", "exactly one of http"),
        ("    before: {path", "    mlflow: {to: 7}\n    before: {path", "steps[7]", "exactly one of http and mlflow"),
        ("for: 10m, do:", "for: long, do:", "steps[8].for", "30m"),
        ("{full: \"1\"}", "{full: \"{model.nme}\"}", "steps[7].before.query.full", "did you mean {model.name}"),
        ("path: /models/{model.name}/weight\n", "path: /models/{id}\n", "steps[7].http.path", "for {id}"),
        ("why: \"{incident.id}\"", "why: \"{incident.ix}\"", "steps[7].http.query.why", "{incident.id}"),
        ("deep: \"{vars.last_good}\"", "deep: \"{vars.x}\"", "steps[7].http.body.list[1].deep", "nothing stands for"),
        ("value: [\"{vars.last_good}\"", "value: [\"{vars.bad}\"", "expect.value[0]", "nothing stands for"),
        ("to: \"{vars.last_good}\"", "to: \"{vars.bst}\"", "steps[6].mlflow.to", "nothing stands for {vars.bst}"),
        ("Move it by hand.", "Move {vars.bst}.", "steps[6].manual", "nothing stands for"),
        ("undo: Move it back.", "undo: \"{now} {model.name}\"", "steps[6].undo", "nothing stands for {now}"),
        ("undo: Move it back.", "undo: \"{before}\"", "steps[6].undo", "only in the `request` of an `undo`"),
        ("body: {weight: 0", "body: {weight: \"{before}\"", "steps[7].http.body.weight", "only in the `request`"),
        ("serves {vars.last_good}", "serves {vars.gone}", "close_when[0]", "nothing stands for {vars.gone}"),
        ("Write about {model.name}", "Write about {model.nam}", "timers[0].text", "did you mean {model.name}"),
        ("errors{model=\"{model.name}\"}", "errors{model=\"{model.nam}\"}", "prometheus.query", "{model.name}"),
        ("model=\"{model.name}\"}[5m]", "model=\"x\"}[{model.name}]", "prometheus.query", "inside double quotes"),
        ("label: \"Yes\"", "label: \"{vars.shown}\"", "steps[1].options[0].label", "is not replaced here"),
        ("ask: Where?", "ask: \"{model.name}?\"", "steps[1].evidence[0].ask", "is not replaced here"),
        ("summary: It has", "summary: \"{model.name}\" #", "summary", "is not replaced here"),
        ("ask: What does it show?", "ask: \"{model.name}?\"", "vars.shown.ask", "is not replaced here"),
        ("choices: [a, b]", "choices: [a, \"{model.name}\"]", "evidence[0].choices[1]", "is not replaced"),
        ("manual: Put back what", "manual: \"{vars.no}\" # ", "steps[7].undo.manual", "nothing stands for {vars.no}"),
        ("body: {weight: \"{before}\"}", "body: {weight: \"{now}\"}", "undo.request.body.weight", "for {now}"),
        ("{label: \"Yes\", ", "{label: \"Yes\", cannot_tell: true, ", "steps[1].options[1]", "only one answer may"),
        ("review_by: 2027-05-01", "review_by: 7", "7:12: review_by", "expected a day, such as 2027-05-01"),
        ("review_by: 2027-05-01", "review_by: 86400", "7:12: review_by", "expected a day, such as 2027-05-01"),
        ("review_by: 2027-05-01", "review_by: May 2027", "7:12: review_by", "expected a day, such as 2027-05-01"),
        ("role: poc:ds\n", "role: poc:dataeng\n", "steps[0].role", "did you mean “poc:data-eng”"),
        ("role: poc:ds\n", "role: poc:prodct\n", "steps[0].role", "did you mean “poc:product”"),
        ("[commander, poc:dsp]", "[commander, poc:lgeal]", "steps[6].approval[1]", "did you mean “poc:legal”"),
        ("remind: comms", "remind: poc:Legal", "timers[0].remind", "did you mean “poc:legal”"),
        ("id: seen", "id: li-nk", "steps[0].evidence[0].id", ""),
        ("{id: link, ask", "{id: seen, ask", "steps[1].evidence[0].id", "is there twice"),
        ("from: model.rollback", "from: model.rolback", "vars.last_good.from", "did you mean “model.rollback”"),
    ],
)  # fmt: skip
def test_each_fault_is_found_where_it_is_and_says_what_is_allowed(
    old: str, new: str, place: str, said: str, tmp_path: Path
) -> None:
    assert old in WHOLE
    found = faults_of(WHOLE.replace(old, new), tmp_path)
    if said:
        assert any(place in fault and said in fault for fault in found), found
    assert len(found) == (1 if said else 0), found


@pytest.mark.parametrize("team", ["pricing", "ops", "products", "dps", "data-science", "legal-emea"])
def test_a_team_that_an_organisation_named_itself_is_fine(team: str, tmp_path: Path) -> None:
    assert faults_of(WHOLE.replace("role: poc:ds\n", f"role: poc:{team}\n"), tmp_path) == []


def test_only_connections_that_are_set_up_may_be_named_but_a_bot_starts_without_them(tmp_path: Path) -> None:
    found = faults_of(WHOLE, tmp_path, connections=())
    assert [fault.split(": ")[1] for fault in found] == ["steps[2].http.connection", "steps[7].http.connection"]
    assert all("set up by the operator, in the connections file" in fault for fault in found)
    assert load_library(tmp_path).faults == ()


def test_a_step_with_several_faults_is_told_of_all_of_them(tmp_path: Path) -> None:
    text = WHOLE.replace("    manual: Move it by hand.\n", "    http: {connection: shop, path: /x}\n")
    found = faults_of(text.replace("reversible: at-once", "reversible: ever"), tmp_path)
    assert len(found) == 3, found
    assert any("exactly one of http and mlflow" in fault for fault in found)


def test_what_stands_in_a_fault_is_one_line_without_control_characters(tmp_path: Path) -> None:
    (fault,) = faults_of(WHOLE.replace("kind: wait", 'kind: "wa\\e[31m\\nit"'), tmp_path)
    assert fault.isprintable()
    assert "wa\\x1b[31m\\nit" in fault


def test_files_that_include_each_other_in_a_row_of_a_thousand_are_told_and_not_a_traceback(tmp_path: Path) -> None:
    head = WHOLE[: WHOLE.index("signals")]
    for at in range(1000):
        (tmp_path / f"p{at}.yaml").write_text(
            head.replace("id: whole", f"id: p{at}")
            + f"steps:\n  - {{id: a, kind: include, title: A, playbook: p{at + 1}}}\n"
            + "  - {id: b, kind: end, title: B}\n"
        )
    found = check([tmp_path], today=TODAY)
    assert len(found) == 997  # three of them are not too deep, and the last includes one that is not there
    assert sum("there is no playbook “p1000”" in fault.message for fault in found) == 1
    assert len(load_library(tmp_path).faults) >= 997


def test_files_that_include_each_other_many_times_over_are_counted_once(tmp_path: Path) -> None:
    head = WHOLE[: WHOLE.index("signals")]
    for at in range(40):
        inner = [f"  - {{id: a{to}, kind: include, title: A, playbook: p{to}}}\n" for to in range(at + 1, 40)]
        text = head.replace("id: whole", f"id: p{at}") + f"steps:\n{''.join(inner)}  - {{id: b, kind: end, title: B}}\n"
        (tmp_path / f"p{at}.yaml").write_text(text)
    found = check([tmp_path], today=TODAY)
    assert {fault.message for fault in found} == {"includes are nested deeper than 3 here."}
