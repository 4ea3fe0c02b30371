"""A folder of model cards: one model in a file or several, nested, in Git, with faults and doubles named by place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.registries import RegistryDown
from bot.registries.file import FileRegistry
from bot.registries.folder import read_folder

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Cards as two teams keep them in a Git checkout."""
    write(
        tmp_path,
        {
            "ranking/search-ranker.yaml": "owner: ana@example.com\ntier: 1\n",
            "ranking/second.yml": "name: 価格 model\nowner: lee@example.com\n",
            "fraud/models.yaml": "models:\n  fraud-scorer: {tier: 0}\n  fraud-rules: {tier: 2}\n",
            "fraud/old/list.yaml": "models:\n  - name: fraud-v1\n    tier: 3\n  - {name: fraud-v2, tier: 3}\n",
            ".git/config.yaml": "not: a card\n",
            ".github/workflows/check.yaml": "on: push\n",
            "README.md": "# Our models\n",
        },
    )
    return tmp_path


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def faults(folder: Path) -> list[str]:
    return [str(fault) for fault in read_folder(folder, now=NOON).faults]


def test_every_card_below_the_folder_is_read_and_each_fact_says_which_file_it_is_from(folder: Path) -> None:
    reading = FileRegistry(folder).read(NOON)

    assert reading.problem is None
    assert {card.name: card.tier for card in reading.cards} == {
        "search-ranker": 1, "価格 model": None, "fraud-scorer": 0, "fraud-rules": 2, "fraud-v1": 3, "fraud-v2": 3,
    }  # fmt: skip
    owner = next(card for card in reading.cards if card.name == "search-ranker").facts["owner"]
    assert (owner.source, owner.as_of) == ("ranking/search-ranker.yaml", NOON)
    assert FileRegistry(folder).health().sentence == f"{folder} lists 6 models."


def test_a_model_in_two_files_is_in_doubt_in_both_which_are_named(folder: Path) -> None:
    write(
        folder, {"shared/search-ranker.yaml": "owner: pat@example.com\n", "x.yaml": "models:\n\n  fraud-scorer: {}\n"}
    )

    reading = FileRegistry(folder).read(NOON)

    assert faults(folder) == [
        "fraud/models.yaml:2:3: models.fraud-scorer: “fraud-scorer” is in x.yaml:3 too; keep one.",
        "shared/search-ranker.yaml:1:1: “search-ranker” is in ranking/search-ranker.yaml:1 too; keep one.",
    ]
    assert reading.unreadable == {"search-ranker", "fraud-scorer"}
    assert {"search-ranker", "fraud-scorer"}.isdisjoint(card.name for card in reading.cards)
    assert "What was last known stays for fraud-scorer, search-ranker" in str(reading.problem)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("owner: ana@\ntier: 1\n", "bad.yaml:1:8: owner: “ana@” reaches nobody"),
        ("tier: 1\nonwer: ana@example.com\n", "bad.yaml:2:1: onwer: there is no such field; did you mean “owner”?"),
        ("name: 7\nowner: a@example.com\n", "bad.yaml:1:7: name: expected text"),
        ("name: ' x'\nowner: a@example.com\n", "bad.yaml:1:1: a model's name is 1 to 200 visible characters."),
        ("services:\n  web: {image: nginx}\n", "bad.yaml:1:1: is no model card: it has neither `models:` nor a field"),
        ("owner: a@example.com\nconsumers: [web, {a: b}]\n", "bad.yaml:2:18: consumers[1]: expected text"),
        ("models:\n  - tier: 1\n", "bad.yaml:2:5: models[0]: expected fields, a `name` among them."),
        ("models:\n  - {name: a}\n  - {name: a}\n", "bad.yaml:3:5: models[1]: “a” is there twice; keep one."),
        ("models:\n  - {name: a, tier: 9}\n", "bad.yaml:2:21: models[0].tier: expected 0"),
        ("owner: [\n", "bad.yaml:2:1: this is not YAML"),
        ("", "bad.yaml:1:1: is empty"),
    ],
)
def test_a_fault_names_file_line_and_field_and_costs_no_other_file_anything(
    folder: Path, text: str, fault: str
) -> None:
    write(folder, {"bad.yaml": text})

    reading = FileRegistry(folder).read(NOON)

    assert any(said.startswith(fault) for said in faults(folder)), faults(folder)
    assert len(reading.cards) == 6
    assert "bad" not in {card.name for card in reading.cards}
    assert not FileRegistry(folder).health().ok


def test_nothing_vanishes_while_a_file_is_no_yaml(folder: Path) -> None:
    write(folder, {"ranking/second.yml": "name: 価格 model\nowner: [\n"})
    write(folder, {"fraud/models.yaml": "models:\n  fraud-scorer: {tier: 0\n  fraud-rules: {tier: 2}\n"})
    write(folder, {"fraud/old/list.yaml": "models:\n  - name: fraud-v1\n    tier: [\n  - name: 'fraud-v2'\n"})

    reading = FileRegistry(folder).read(NOON)

    assert [card.name for card in reading.cards] == ["search-ranker"]
    assert reading.unreadable >= {"価格 model", "fraud-scorer", "fraud-rules", "fraud-v1", "fraud-v2"}


def test_an_entry_of_a_list_that_is_wrong_spoils_no_other(folder: Path) -> None:
    write(folder, {"list.yaml": "models:\n  - {name: a}\n  - {name: b}\n  - tier: 1\n  - {name: c}\n  - {name: a}\n"})

    reading = FileRegistry(folder).read(NOON)

    assert {"b", "c"} <= {card.name for card in reading.cards}
    assert reading.unreadable == {"a"}


def test_a_folder_without_cards_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(RegistryDown, match=r"holds no \.yaml file; write one for each model"):
        FileRegistry(tmp_path).read(NOON)


def test_a_mounted_volume_is_seen_once_and_links_in_circles_end(folder: Path) -> None:
    # As a mounted ConfigMap looks: the files are links into a hidden folder.
    (folder / "..data").mkdir()
    write(folder, {"..data/mounted.yaml": "tier: 2\n"})
    (folder / "mounted.yaml").symlink_to(folder / "..data" / "mounted.yaml")
    (folder / "round").symlink_to(folder)

    reading = FileRegistry(folder).read(NOON)

    assert (len(reading.cards), reading.problem) == (7, None)


def test_a_file_that_cannot_be_read_keeps_all_as_it_was_and_says_so(folder: Path) -> None:
    # Not by taking the right to read away: whoever runs the tests as root may read everything.
    (folder / "ranking" / "round.yml").symlink_to(folder / "ranking" / "round.yml")

    with pytest.raises(RegistryDown, match=r"round\.yml cannot be read \("):
        FileRegistry(folder).read(NOON)


def test_a_link_to_nowhere_keeps_all_as_it_was_and_says_so(folder: Path) -> None:
    (folder / "gone.yaml").symlink_to(folder / "nowhere")

    with pytest.raises(RegistryDown, match=r"gone\.yaml cannot be read \(no such file or directory\)"):
        FileRegistry(folder).read(NOON)


def test_a_folder_that_holds_far_more_than_cards_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.registries.folder.MOST_FILES", 3)
    with pytest.raises(RegistryDown, match="more than 3 files"):
        FileRegistry(folder).read(NOON)
    monkeypatch.setattr("bot.registries.folder.MOST_FILES", 100)
    monkeypatch.setattr("bot.registries.folder.MOST_BYTES", 100)
    with pytest.raises(RegistryDown, match="hold more than"):
        FileRegistry(folder).read(NOON)


def test_one_file_may_be_the_card_of_one_model_too(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    path.write_text("name: fraud-scorer\ntier: 0\n", "utf-8")

    (card,) = FileRegistry(path).read(NOON).cards

    assert (card.name, card.tier) == ("fraud-scorer", 0)
