"""What people say of a model's owner goes into MLflow's tags, once, and over nothing that somebody else wrote there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.incidents.desk import Answer
from bot.registries.file import FileRegistry
from storage import people
from storage.transaction import Storage
from tests.bot.connections.service import Asked, Told
from tests.bot.owning.tagged import MODEL, Mlflow, Writers, mlflow
from tests.bot.runs.team import ANA, ERIK, KIM, LEE, PAT

LEAD = {"team.lead": "kim@example.com"}
TODAY, LONG_AGO = "2026-11-20", "2025-01-31"


@pytest.fixture
def server() -> Iterator[Mlflow]:
    with mlflow(fraud_scorer={"owner": "Ana Moreau <ana@example.com>", "reviewed_at": LONG_AGO, **LEAD}) as running:
        yield running


@pytest.fixture
def team(storage: Storage, server: Mlflow) -> Writers:
    return Writers(storage, server.service.url)


def file(tmp_path: Path, text: str) -> FileRegistry:
    path = tmp_path / "models.yaml"
    path.write_text(text, "utf-8")
    return FileRegistry(path)


def hand_over(team: Writers, by: str, to: str) -> Answer:
    form = team.click(by, "owning.hand-over", MODEL)
    assert form is not None
    assert team.send(by, form.modal, to=to, why="") is None
    return form


def give_up(team: Writers, by: str) -> Answer:
    form = team.click(by, "owning.not-mine", MODEL)
    assert form is not None
    assert isinstance(team.send(by, form.modal, why="I moved"), Answer)
    return form


def said(answer: Answer | None) -> str:
    assert answer is not None
    return answer.text


def test_a_hand_over_is_written_and_the_next_reading_says_the_same(team: Writers, server: Mlflow) -> None:
    form = hand_over(team, ANA, LEE)
    assert "MLflow's tags `owner` and `reviewed_at` are set too." in str(form.modal)
    team.write()
    assert server.set == [(MODEL, "owner", "lee@example.com"), (MODEL, "reviewed_at", TODAY)]
    assert team.known().owner == "Lee Okafor <lee@example.com>"
    team.read()
    assert (team.known().owner, team.known().text("reviewed_at")) == ("Lee Okafor <lee@example.com>", TODAY)
    assert team.conflicts() == {}
    assert "disagree" not in str(team.type(ERIK, f"who {MODEL}").blocks)


def test_whoever_changes_the_tag_after_it_was_written_has_said_the_newer_word(team: Writers, server: Mlflow) -> None:
    hand_over(team, ANA, LEE)
    team.write()
    team.read()
    server.models[MODEL]["owner"] = "Ana Moreau <ana@example.com>"
    team.read()
    assert team.known().owner == "Ana Moreau <ana@example.com>"
    hand_over(team, ANA, LEE)
    team.write()
    server.models[MODEL]["owner"] = ""
    team.read()
    assert team.known().owner is None


def test_an_owner_who_is_taken_out_of_the_tag_again_is_no_owner(team: Writers, server: Mlflow) -> None:
    del server.models[MODEL]["owner"]
    team.read()
    team.click(KIM, "owning.take", MODEL)
    team.write()
    assert team.known().owner == "Kim Tanaka <kim@example.com>"
    team.read()
    assert team.known().owner == "Kim Tanaka <kim@example.com>"
    del server.models[MODEL]["owner"]
    team.read()
    assert team.known().owner is None


def test_an_owner_of_long_ago_is_not_replaced_unseen(team: Writers, server: Mlflow) -> None:
    hand_over(team, ANA, LEE)
    team.write()
    server.models[MODEL]["owner"] = "pat@example.com"
    team.read()
    hand_over(team, PAT, KIM)
    server.models[MODEL]["owner"] = "lee@example.com"
    team.write()
    assert server.models[MODEL]["owner"] == "lee@example.com"
    assert "says lee@example.com" in team.told(PAT)[-1]


def test_whoever_confirms_a_model_changes_the_day_alone(team: Writers, server: Mlflow) -> None:
    answer = said(team.click(ANA, "owning.still-mine", MODEL))
    assert answer.endswith("asked again in 90 days. MLflow's tags `owner` and `reviewed_at` are set too.")
    team.write()
    assert server.set == [(MODEL, "reviewed_at", TODAY)]
    assert server.models[MODEL]["owner"] == "Ana Moreau <ana@example.com>"
    team.click(ANA, "owning.still-mine", MODEL)
    team.write()
    assert len(server.set) == 1, "the same day is not written twice"


@pytest.mark.parametrize(("there", "then"), [("2027-01-01", "2027-01-01"), ("about May", TODAY), ("", TODAY)])
def test_the_day_never_goes_back(team: Writers, server: Mlflow, there: str, then: str) -> None:
    server.models[MODEL]["reviewed_at"] = there
    team.click(ANA, "owning.still-mine", MODEL)
    team.write()
    assert server.models[MODEL]["reviewed_at"] == then


def test_an_owner_whom_another_registry_names_is_written_where_mlflow_has_none(
    storage: Storage, server: Mlflow, tmp_path: Path
) -> None:
    del server.models[MODEL]["owner"]
    owned = "models: {fraud-scorer: {owner: 'Ana Moreau <ana@example.com>'}, rules: {owner: ana@example.com}}"
    team = Writers(storage, server.service.url, file(tmp_path, owned))
    team.click(ANA, "owning.still-mine", MODEL)
    team.write()
    assert server.models[MODEL]["owner"] == "ana@example.com"
    # And what MLflow does not know is not written, nor is anything said of it.
    assert "MLflow" not in said(team.click(ANA, "owning.still-mine", "rules"))
    assert len(team.writings()) == 1


def test_whoever_gives_a_model_up_stays_in_the_tag_until_somebody_takes_it(team: Writers, server: Mlflow) -> None:
    assert "MLflow's tag `owner` stays as it is until somebody takes it." in str(give_up(team, ANA).modal)
    assert team.writings() == []
    assert "are set too" in said(team.click(KIM, "owning.take", MODEL))
    team.write()
    assert server.models[MODEL] == {"owner": "kim@example.com", "reviewed_at": TODAY, **LEAD}


def test_a_new_owner_who_gives_it_up_before_it_was_written_is_never_written(team: Writers, server: Mlflow) -> None:
    hand_over(team, ANA, LEE)
    give_up(team, LEE)
    team.write()
    assert server.set == []
    team.click(KIM, "owning.take", MODEL)
    team.write()
    assert server.models[MODEL]["owner"] == "kim@example.com"


def test_a_tag_that_somebody_changed_by_hand_meanwhile_stays_and_whoever_pressed_is_told(
    team: Writers, server: Mlflow
) -> None:
    hand_over(team, ANA, LEE)
    server.models[MODEL]["owner"] = "<!channel> pat@example.com"
    team.write()
    assert server.set == []
    assert [row.state for row in team.writings()] == ["done"]
    [told] = team.told(ANA, "MLflow")
    assert told == (
        "MLflow's tag `owner` of `fraud-scorer` says &lt;!channel&gt; pat@example.com. Somebody set it by hand, so the "
        "bot left it as it is. If you are right, set it in MLflow to `lee@example.com`."
    )
    team.read()
    assert team.known().owner == "<!channel> pat@example.com", "the registry's is the newer word"


def test_what_a_file_says_otherwise_is_shown_and_mlflow_agrees(
    storage: Storage, server: Mlflow, tmp_path: Path
) -> None:
    owned = file(tmp_path, "models: {fraud-scorer: {owner: ana@example.com, reviewed_at: 2026-01-01}}")
    team = Writers(storage, server.service.url, owned)
    hand_over(team, ANA, LEE)
    team.write()
    team.read()
    assert server.models[MODEL]["owner"] == "lee@example.com"
    assert team.known().owner == "Lee Okafor <lee@example.com>"
    assert team.conflicts() == {"owner": ["models.yaml ana@example.com"]}
    shown = str(team.type(ERIK, f"who {MODEL}").blocks)
    assert "*Registries disagree*, and what was said in Slack counts" in shown
    assert "Owner: models.yaml says ana@example.com" in shown
    # The next owner may replace the one that the bot wrote, although the file still names the first.
    hand_over(team, LEE, KIM)
    team.write()
    assert server.models[MODEL]["owner"] == "kim@example.com"


def test_a_new_owner_who_confirms_stays_the_owner(team: Writers, server: Mlflow) -> None:
    hand_over(team, ANA, LEE)
    team.click(LEE, "owning.still-mine", MODEL)
    assert team.known().owner == "Lee Okafor <lee@example.com>"
    team.write()
    assert server.models[MODEL]["owner"] == "lee@example.com"


def test_nothing_is_written_unless_the_operator_allows_it(storage: Storage, server: Mlflow) -> None:
    team = Writers(storage, server.service.url, tags=None)
    assert "MLflow" not in said(team.click(ANA, "owning.still-mine", MODEL))
    assert "MLflow" not in str(hand_over(team, ANA, LEE).modal)
    assert "MLflow" not in str(give_up(team, LEE).modal)
    assert team.writings() == []


def test_what_was_owed_when_it_was_turned_off_is_not_written(team: Writers, server: Mlflow) -> None:
    hand_over(team, ANA, LEE)
    with team.working(allowed=False):
        team.until(lambda: team.writings()[0].state == "done")
    assert (server.set, team.owed("SayInDigestChannel")) == ([], [])


def test_tags_with_a_prefix_are_the_ones_that_are_set(storage: Storage, server: Mlflow) -> None:
    server.models[MODEL] |= {"acme.owner": "ana@example.com", "owner": "nobody@example.com"}
    team = Writers(storage, server.service.url, tags=("acme.owner", "acme.reviewed_at"))
    assert "`acme.owner`" in said(team.click(ANA, "owning.still-mine", MODEL))
    hand_over(team, ANA, LEE)
    team.write()
    assert server.set == [(MODEL, "acme.owner", "lee@example.com"), (MODEL, "acme.reviewed_at", TODAY)]


def test_one_person_written_in_two_ways_is_no_change_by_hand(team: Writers, server: Mlflow) -> None:
    with team.storage.transaction() as tx:
        people.keep_contact(tx, "@ana", user_id=ANA, problem=None, now=team.now)
        people.keep_contact(tx, "@lee", user_id=LEE, problem=None, now=team.now)
    hand_over(team, ANA, LEE)
    server.models[MODEL]["owner"] = "@ana"
    team.write()
    assert server.models[MODEL]["owner"] == "lee@example.com"
    team.click(LEE, "owning.still-mine", MODEL)
    server.models[MODEL]["owner"] = "@lee"
    team.write()
    assert server.models[MODEL]["owner"] == "@lee"


def test_somebody_without_an_address_is_written_by_their_slack_id(team: Writers, server: Mlflow) -> None:
    with team.storage.transaction() as tx:
        people.keep_person(tx, LEE, name="Lee Okafor", email=None, now=team.now)
    hand_over(team, ANA, LEE)
    team.write()
    team.read()
    assert server.models[MODEL]["owner"] == f"slack:{LEE}"
    assert team.conflicts() == {}


def test_of_several_words_the_last_one_is_written_once_when_mlflow_is_back(team: Writers, server: Mlflow) -> None:
    server.refuse = lambda asked: Told({"error_code": "INTERNAL_ERROR"}, 500)
    hand_over(team, ANA, LEE)
    hand_over(team, LEE, KIM)
    with team.working():
        team.until(lambda: team.writings()[0].attempts >= 2)
        server.refuse = lambda asked: None
        team.until(lambda: team.writings()[0].state == "done")
    assert len(team.writings()) == 1
    assert server.set == [(MODEL, "owner", "kim@example.com"), (MODEL, "reviewed_at", TODAY)]


def test_a_tag_that_was_set_while_the_other_failed_is_not_set_again(team: Writers, server: Mlflow) -> None:
    def refuse(asked: Asked) -> Told | None:
        return Told(b"busy", 503) if asked.method == "POST" and asked.json["key"] == "reviewed_at" else None

    server.refuse = refuse
    hand_over(team, ANA, LEE)
    with team.working():
        team.until(lambda: team.writings()[0].attempts >= 2)
        server.refuse = lambda asked: None
        team.until(lambda: team.writings()[0].state == "done")
    assert server.set == [(MODEL, "owner", "lee@example.com"), (MODEL, "reviewed_at", TODAY)]


def answers(status: int, body: Any, *, to: str = "POST") -> Any:
    return lambda asked: Told(body, status) if asked.method == to else None


@pytest.mark.parametrize(
    ("refuse", "words"),
    [
        (answers(403, b"Permission denied"), "EDIT"),
        (answers(403, {"error_code": "PERMISSION_DENIED", "message": "No"}, to="GET"), "EDIT"),
        (answers(405, b"Method Not Allowed"), "takes changes"),
        (
            answers(500, {"error_code": "INTERNAL_ERROR", "message": "attempt to write a readonly database"}),
            "takes changes",
        ),
        (answers(400, {"error_code": "INVALID_PARAMETER_VALUE", "message": "tag too long"}), "tag too long"),
        (answers(413, b"<html>too large</html>"), "by hand"),
    ],
)
def test_a_refusal_ends_with_a_sentence_that_names_tag_model_and_what_to_do(
    team: Writers, server: Mlflow, refuse: Any, words: str
) -> None:
    server.refuse = refuse
    hand_over(team, ANA, LEE)
    team.write()
    [row] = team.writings()
    assert (row.state, row.attempts) == ("dead", 1)
    [said_once] = team.owed("SayInDigestChannel")
    for text in (str(row.error), said_once.payload["text"]):
        assert "MLflow at http://127.0.0.1" in text
        assert "owner" in text
        assert MODEL in text
        assert words in text
    assert team.known().owner == "Lee Okafor <lee@example.com>", "in Slack it counts all the same"


@pytest.mark.parametrize("to", ["GET", "POST"])
def test_a_model_that_mlflow_has_lost_is_told_of_and_leaves_nothing_to_retry(
    team: Writers, server: Mlflow, to: str
) -> None:
    server.refuse = answers(404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "gone"}, to=to)
    hand_over(team, ANA, LEE)
    team.write()
    assert [row.state for row in team.writings()] == ["done"]
    [said_once] = team.owed("SayInDigestChannel")
    text = said_once.payload["text"]
    assert f"knows no model {MODEL} any more, so the tag owner of {MODEL} was not set. If it has another name" in text
    assert "outbox" not in text


def test_one_reason_is_told_once_a_day_however_many_models_it_concerns(storage: Storage) -> None:
    named = {f"model_{number}": {"owner": "ana@example.com"} for number in range(3)}
    with mlflow(**named) as server:
        team = Writers(storage, server.service.url)
        server.refuse = answers(403, b"Permission denied")
        for name in server.models:
            team.click(ANA, "owning.still-mine", name)
        team.write()
        assert [row.state for row in team.writings()] == ["dead"] * 3
        assert len(team.owed("SayInDigestChannel")) == 1


@pytest.mark.parametrize(
    "refuse",
    [
        answers(401, b"You are not authenticated."),
        answers(500, b"oops", to="GET"),
        answers(429, b"slow down"),
        answers(404, b"<html>no such page</html>", to="GET"),
        answers(403, b"Invalid Host header - possible DNS rebinding attack detected", to="GET"),
        answers(200, b"<html>log in</html>", to="GET"),
    ],
)
def test_what_may_pass_is_tried_again(team: Writers, server: Mlflow, refuse: Any) -> None:
    server.refuse = refuse
    hand_over(team, ANA, LEE)
    with team.working():
        team.until(lambda: team.writings()[0].error)
        server.refuse = lambda asked: None
        team.until(lambda: team.writings()[0].state == "done")
    assert server.models[MODEL]["owner"] == "lee@example.com"


@pytest.mark.parametrize("odd", [{}, {"registered_model": {"name": MODEL, "tags": "none"}}, {"registered_model": 1}])
def test_an_answer_that_nobody_understands_is_not_taken_for_no_owner(team: Writers, server: Mlflow, odd: Any) -> None:
    server.refuse = answers(200, odd, to="GET")
    hand_over(team, ANA, LEE)
    with team.working():
        team.until(lambda: team.writings()[0].error)
    assert "does not know what the tag owner" in str(team.writings()[0].error)
    assert server.set == []
