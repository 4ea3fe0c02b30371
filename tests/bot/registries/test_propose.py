"""Drafting models.yaml from what exists: only what is missing, each with its source, all of it readable."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.errors import WrongUsage
from bot.registries.codeowners import owned, read_rules
from bot.registries.file import parse
from bot.registries.proposals import Proposal, owners, proposals, write
from bot.registries.propose import draft
from bot.registries.trainers import trained
from bot.settings import read_settings
from playbooks.card import Fact, FactValue, ModelCard
from playbooks.fields import FIELDS
from playbooks.ownership import Kind
from storage import ownership, people
from storage.database import open_engine, parse_url
from storage.models import Effect
from storage.transaction import Storage
from tests.bot.registries import documented
from tests.bot.registries.test_commands import run

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def card(name: str, source: str = "mlflow tag", **facts: FactValue) -> ModelCard:
    return ModelCard(name, {key.replace("__", "."): Fact(value, source, NOON) for key, value in facts.items()})


def drafted(said: list[ModelCard], *today: ModelCard) -> str:
    text = write(proposals({one.name: one for one in today}, said), NOON)
    assert parse(text, "models.proposed.yaml", now=NOON).faults == []
    return text


def read(text: str) -> dict[str, ModelCard]:
    return {one.name: one for one in parse(text, "models.proposed.yaml", now=NOON).cards}


def test_only_what_nobody_documented_is_proposed_each_with_its_source() -> None:
    text = drafted(
        [card("ranker", tier="1", team="search", poc__ds="lee@example.com")], card("ranker", "file", tier="0")
    )
    assert '    team: "search"  # proposed: from mlflow tag\n' in text
    assert '    poc.ds: ["lee@example.com"]  # proposed: from mlflow tag\n' in text
    assert "tier" not in text
    assert drafted([card("ranker", tier="1")], card("ranker", "file", tier="0")).endswith("\nmodels: {}\n")


def test_a_word_that_only_fills_a_form_is_missing_and_is_not_proposed() -> None:
    text = drafted([card("a", team="tbd"), card("a", "backstage", team="search")], card("a", "file", team="?"))
    assert '    team: "search"  # proposed: from backstage\n' in text
    assert "tbd" not in text


def test_what_a_second_place_says_is_told_and_not_chosen() -> None:
    said = [
        card("a", owner=["ana@example.com", "lee@example.com"]),
        card("a", "CODEOWNERS line 3", owner="pat@example.com"),
    ]
    text = drafted([*said, card("a", "again", owner="ana@example.com")])
    assert read(text)["a"].owner == "ana@example.com"
    assert '    # owner: "lee@example.com"  # or: from mlflow tag\n' in text
    assert '    # owner: "pat@example.com"  # or: from CODEOWNERS line 3\n' in text
    assert text.count("ana@") == 1


def test_what_the_file_would_refuse_is_a_comment_with_the_reason() -> None:
    text = drafted([card("a", tier="high", owner="see wiki: @risk", docs="the wiki"), card("a", "backstage", tier="1")])
    assert read(text)["a"].tier == 1
    assert '# tier: "high"  # cannot be used: expected 0 ' in text
    assert "reaches nobody" in text
    assert "expected a link" in text


def test_versions_and_what_moves_with_them_stay_in_their_registry() -> None:
    moving = {"serving": "7", "rollback": "6", "deployed_at": "2026-11-18", "change": "https://example.com/1"}
    assert drafted([card("a", aliases=[{"alias": "champion", "version": "7"}], **moving)]).endswith("models: {}\n")


def test_a_field_that_models_yaml_does_not_have_is_left_out() -> None:
    assert "lifecycle" not in drafted([card("a", lifecycle="production", team="x", poc__Data="lee@example.com")])


texts = st.text(max_size=40) | st.sampled_from(
    ["on", "no", "1", "# x", "a: b", "- a", "a@b.com", "null", "https://x.y/z"]
)


@given(
    st.dictionaries(
        texts,
        st.dictionaries(st.sampled_from([one.key for one in FIELDS]), texts | st.lists(texts, max_size=3)),
        max_size=3,
    )
)
def test_whatever_registries_say_the_file_can_be_read(said: dict[str, dict[str, FactValue]]) -> None:
    drafted([card(name, source=name, **facts) for name, facts in said.items()])


CODEOWNERS = """\
* @acme/everybody
/services/fraud_scorer/ @acme/risk @lee ana@example.com  # the service
[Search][2]
libs/**/ranker*.py pat@example.com
/services/fraud_scorer/docs/
/how\\ to/   ana@example.com
"""


def test_the_last_line_of_codeowners_that_fits_counts() -> None:
    rules = read_rules(CODEOWNERS)
    known = {
        one.name: one
        for one in owned(
            ["fraud-scorer", "ranker", "other", "docs-bot", "helper"],
            rules,
            {
                "fraud-scorer": "services/fraud_scorer/model",
                "ranker": "libs/a/b/ranker_v2.py",
                "docs-bot": "services/fraud_scorer/docs/x",
                "helper": "how to/help",
            },
            NOON,
        )
    }
    assert known.keys() == {"fraud-scorer", "ranker", "helper"}, "a folder that nobody owns is nobody's"
    assert known["fraud-scorer"].facts["owner"].value == ["ana@example.com"]
    assert known["fraud-scorer"].facts["owner"].source == "CODEOWNERS line 2 (/services/fraud_scorer/)"
    assert known["fraud-scorer"].text("team") == "risk"
    assert known["ranker"].owner == "pat@example.com"


def test_without_a_path_a_folder_that_is_called_like_the_model_counts() -> None:
    [found] = owned(["Fraud Scorer", "ranker"], read_rules("/services/fraud_scorer/ @lee\n/rank/ @pat\n"), {}, NOON)
    assert (found.name, found.facts["owner"].value) == ("Fraud Scorer", ["lee"])
    assert found.facts["owner"].source.endswith("a name there, not in Slack")


@pytest.mark.parametrize(
    ("user", "domain", "owner"),
    [
        ("ana@example.com", None, "ana@example.com"),
        ("ana", None, "ana"),
        ("ana", "example.com", "ana@example.com"),
        ("Jenkins", "example.com", None),
        ("af3a1b2c-1111-2222-3333-444455556666", None, None),
        ("", "example.com", None),
    ],
)
def test_who_trained_what_serves_is_proposed_unless_it_is_a_machine(
    user: str, domain: str | None, owner: str | None
) -> None:
    found = trained([card("a", trained_by=user, serving="42")], NOON, domain=domain)
    assert [one.owner for one in found] == ([owner] if owner else [])
    if found:
        assert "mlflow.user of the run that trained version 42" in found[0].facts["owner"].source


def test_the_command_writes_a_new_file_that_check_finds_right(tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text(
        "models:\n  fraud-scorer: {tier: 0}\n  ranker: {owner: a@example.com}\n", "utf-8"
    )
    (tmp_path / "CODEOWNERS").write_text("/fraud/ ana@example.com\n/ranker/ lee@example.com\n", "utf-8")
    words = ("propose", "--codeowners", "CODEOWNERS", "--paths", "fraud-scorer=fraud/train.py", "-o", "out.yaml")
    done = run(tmp_path, *words)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "1 proposed fact of 1 model in out.yaml. Keep what is true." in done.stderr
    assert read((tmp_path / "out.yaml").read_text("utf-8")).keys() == {"fraud-scorer"}
    assert run(tmp_path, "check", "out.yaml").returncode == 0
    again = run(tmp_path, *words)
    assert (again.returncode, "nothing is overwritten" in again.stderr) == (2, True)
    wrong = run(tmp_path, "propose", "--paths", "fraud")
    assert (wrong.returncode, "fraud-scorer=services/fraud" in wrong.stderr) == (2, True)


@respx.mock
def test_what_the_bot_does_not_read_yet_is_proposed_and_who_trained_what_serves_comes_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, tracking = documented.backstage(), documented.mlflow()
    model = documented.put(tracking.pages[0], ("registered_models", 0, "latest_versions", 0, "run_id"), "0a1b")
    tracking.pages = [documented.put(model, ("registered_models", 0, "tags"), [])]
    user = {"key": "mlflow.user", "value": "maya"}
    run_of = {"info": {"run_id": "0a1b"}, "data": {"tags": [user]}}
    tracking.others |= {
        "/api/2.0/mlflow/experiments/search": {"experiments": [{"experiment_id": "1"}]},
        "/api/2.0/mlflow/runs/search": {"runs": [run_of]},
    }
    respx.route(path__startswith="/api/2.0/").mock(side_effect=tracking.answer)
    respx.route(path__startswith="/api/catalog/").mock(side_effect=api.answer)
    (tmp_path / "models.yaml").write_text("models:\n  search-ranker: {purpose: Ranks.}\n", "utf-8")
    (tmp_path / "CODEOWNERS").write_text("/search_ranker/ pat@example.com\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BACKSTAGE_URL", documented.HOST)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", documented.HOST)

    done = draft(read_settings(), codeowners=Path("CODEOWNERS"), paths={}, domain="example.com", output=None)

    assert done.problems == []
    known = read(done.text)["search-ranker"]
    assert (known.text("purpose"), known.tier, known.serving) == (None, 1, None)
    about_owner = [line.strip() for line in done.text.splitlines() if "owner: " in line]
    assert about_owner[0].startswith('owner: "Ana Moreau <ana@example.com>"  # proposed: from backstage group')
    assert '# owner: "pat@example.com"  # or: from CODEOWNERS line 1 (/search_ranker/)' in about_owner
    assert about_owner[-1].startswith('# owner: "maya@example.com"  # or: from mlflow.user of the run that trained')

    (tmp_path / "models.yaml").touch()
    with pytest.raises(WrongUsage, match="nothing is overwritten"):
        draft(read_settings(), codeowners=None, paths={}, domain=None, output=Path("models.yaml"))


def test_proposed_owners_are_asked_only_where_that_is_wanted(tmp_path: Path, database_url: str) -> None:
    (tmp_path / "models.yaml").write_text("models:\n  fraud-scorer: {tier: 0}\n", "utf-8")
    (tmp_path / "CODEOWNERS").write_text("/fraud-scorer/ ana@example.com\n", "utf-8")
    assert run(tmp_path, "sync", DATABASE_URL=database_url).returncode == 0
    storage = Storage(open_engine(parse_url(database_url)))
    try:
        with storage.transaction() as tx:
            people.keep_contact(tx, "ana@example.com", user_id="U01ANAMOR", problem=None, now=NOON)
        asked = []
        for words in ([], ["--ask"]):
            done = run(tmp_path, "propose", "--codeowners", "CODEOWNERS", *words, DATABASE_URL=database_url)
            assert done.returncode == 0, done.stderr
            assert ("1 person is asked in Slack" in done.stderr) == bool(words)
            with storage.reading() as tx:
                asked.append(tx.session.scalars(select(Effect.key).where(Effect.kind == "Tell")).all())
    finally:
        storage.engine.dispose()
    assert (len(asked[0]), len(asked[1])) == (0, 1)


@pytest.fixture
def words(tmp_path: Path, database_url: str) -> Iterator[Callable[..., None]]:
    """Writes down what somebody says of a model of the catalogue, which is read first."""
    (tmp_path / "models.yaml").write_text(
        "models:\n  ranker: {owner: ana@example.com}\n  fraud-scorer: {tier: 0}\n  idle: {tier: 3}\n", "utf-8"
    )
    (tmp_path / "CODEOWNERS").write_text(
        "/ranker/ pat@example.com\n/fraud-scorer/ ana@example.com\n/idle/ pat@example.com\n", "utf-8"
    )
    assert run(tmp_path, "sync", DATABASE_URL=database_url).returncode == 0
    storage = Storage(open_engine(parse_url(database_url)))

    def say(model: str, kind: Kind, **said: str) -> None:
        with storage.transaction() as tx:
            people.keep_contact(tx, "ana@example.com", user_id="U01ANAMOR", problem=None, now=NOON)
            known = {"by": "U01ANAMOR", "by_name": "Ana #1 Moreau", "registry_said": "", **said}
            ownership.say(tx, model, kind=kind, at=NOON, **known)

    yield say
    storage.engine.dispose()


def test_what_people_confirmed_in_slack_is_no_guess(
    tmp_path: Path, database_url: str, words: Callable[..., None]
) -> None:
    words("ranker", "confirmed", registry_said="ana@example.com")
    words("fraud-scorer", "handed-over", owner="Lee Okafor <lee@example.com>")
    done = run(tmp_path, "propose", "--codeowners", "CODEOWNERS", DATABASE_URL=database_url)
    assert done.returncode == 0, done.stderr
    assert "1 proposed fact, and 3 confirmed in Slack, of 3 models. Keep what is true." in done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[0].endswith("Nobody has confirmed what is proposed.")
    handed = 'owner: "Lee Okafor <lee@example.com>"  # confirmed: handed over in Slack by Ana #1 Moreau on 2026-11-20'
    assert handed in lines
    assert 'reviewed_at: "2026-11-20"  # confirmed: in Slack by Ana #1 Moreau on 2026-11-20' in lines
    assert 'owner: "pat@example.com"  # proposed: from CODEOWNERS line 3 (/idle/)' in lines
    assert "line 1" not in done.stdout, "the registry names an owner of the ranker"
    assert "line 2" not in done.stdout, "Slack knows the owner of the fraud scorer"
    drafted = read(done.stdout)
    assert (drafted["fraud-scorer"].owner, drafted["ranker"].owner) == ("Lee Okafor <lee@example.com>", None)


def test_what_somebody_said_is_not_theirs_is_not_proposed_again(
    tmp_path: Path, database_url: str, words: Callable[..., None]
) -> None:
    words("fraud-scorer", "declined")
    words("ranker", "declined", registry_said="ana@example.com")
    done = run(tmp_path, "propose", "--codeowners", "CODEOWNERS", "--ask", DATABASE_URL=database_url)
    assert done.returncode == 0, done.stderr
    said = "Ana #1 Moreau said in Slack on 2026-11-20 that it is not theirs"
    assert f'# owner: "ana@example.com"  # not proposed: {said}; from CODEOWNERS line 2 (/fraud-scorer/)' in done.stdout
    drafted = read(done.stdout)
    assert drafted["fraud-scorer"].owner is None
    assert drafted["ranker"].owner == "pat@example.com", "whom the registry names gave it up"
    words("fraud-scorer", "handed-over", owner="ana@example.com")
    done = run(tmp_path, "propose", "--codeowners", "CODEOWNERS", DATABASE_URL=database_url)
    assert read(done.stdout)["fraud-scorer"].owner == "ana@example.com", "they have taken it since"
    assert "not proposed" not in done.stdout


def test_what_a_registry_says_by_now_is_not_told_again(
    tmp_path: Path, database_url: str, words: Callable[..., None]
) -> None:
    words("fraud-scorer", "handed-over", owner="Lee Okafor <lee@example.com>")
    (tmp_path / "models.yaml").write_text("models: {fraud-scorer: {owner: lee@example.com, tier: 0}}\n", "utf-8")
    done = run(tmp_path, "propose", DATABASE_URL=database_url)
    assert "owner" not in done.stdout
    assert "reviewed_at" in done.stdout


def test_a_database_that_cannot_be_read_is_named_and_the_rest_is_drafted(tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text("models:\n  fraud-scorer: {tier: 0}\n", "utf-8")
    (tmp_path / "CODEOWNERS").write_text("/fraud-scorer/ ana@example.com\n", "utf-8")
    (tmp_path / "not-a.db").write_text("no database " * 100, "utf-8")
    url = f"sqlite:///{tmp_path / 'not-a.db'}"
    done = run(tmp_path, "propose", "--codeowners", "CODEOWNERS", DATABASE_URL=url)
    assert done.returncode == 1
    assert "What people confirmed in Slack is not in the draft. The database" in done.stderr
    assert read(done.stdout)["fraud-scorer"].owner == "ana@example.com"


def test_a_registry_that_cannot_be_read_is_named_and_the_rest_is_drafted(tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text("models:\n  fraud-scorer: {tier: 0}\n", "utf-8")
    (tmp_path / "CODEOWNERS").write_text("/fraud-scorer/ ana@example.com\n", "utf-8")
    done = run(tmp_path, "propose", "--codeowners", "CODEOWNERS", MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "mlflow: MLflow" in done.stderr
    assert read(done.stdout)["fraud-scorer"].owner == "ana@example.com"


def test_where_nothing_could_be_read_no_empty_file_stands_in_the_way_of_the_next_try(tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text("models: [\n")
    command = ("propose", "-o", "drafted.yaml")
    for _ in range(2):
        result = run(tmp_path, *command)
        assert result.returncode == 1, result.stderr
        assert "models.yaml" in result.stderr
        assert not (tmp_path / "drafted.yaml").exists()
    (tmp_path / "models.yaml").write_text("models: {}\n")
    assert run(tmp_path, *command).returncode == 0
    assert (tmp_path / "drafted.yaml").exists()


def test_owners_are_those_that_were_proposed_first() -> None:
    found = proposals({}, [card("a", owner="see: @x"), card("a", owner="ana@example.com"), card("b", team="x")])
    assert owners(found) == {"a": ("ana@example.com", "mlflow tag")}
    several = proposals({}, [card("a", owner="ana@example.com"), card("a", "backstage", owner="lee@example.com")])
    assert owners(several) == {"a": ("ana@example.com", "mlflow tag")}
    assert json.dumps(found["b"][0].value) == '"x"'
    sure = Proposal(key="owner", value="ana@example.com", source="Slack", is_confirmed=True)
    assert owners(proposals({}, [], confirmed={"a": [sure]})) == {}, "nobody is asked what they said"
