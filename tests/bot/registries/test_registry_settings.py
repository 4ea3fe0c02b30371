"""The settings of registries: what is missing or wrong is said by the name of the variable, and no secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import SettingsBroken
from bot.registry_settings import NEEDED
from bot.settings import Settings, env_name, read_settings
from tests.bot.registries.test_installed import run


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env and no variables of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(env_name(name), raising=False)


@pytest.mark.parametrize(("name", "field"), sorted(NEEDED.items()))
def test_a_registry_without_its_address_is_missed_before_the_bot_serves(name: str, field: str) -> None:
    missing = read_settings(registries=name).missing_for_serving()

    assert f"ML_INCIDENT_REGISTRIES names {name}, so {env_name(field)} has to be set." in missing


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ML_INCIDENT_UNITY_CATALOG_SCHEMAS", "main.ranking, fraud", "names the schema “fraud”; write it with its"),
        ("ML_INCIDENT_UNITY_CATALOG_SCHEMAS", "main.", "names the schema “main.”"),
        ("ML_INCIDENT_BACKSTAGE_TYPES", " , ", "names no type; without it every component would be a model"),
        ("DATABRICKS_HOST", "adb-1.azuredatabricks.net", "is not a web address; write it with http:// or https://"),
        ("BACKSTAGE_URL", "backstage", "is not a web address"),
    ],
)
def test_a_setting_that_cannot_be_used_says_what_to_write(
    variable: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsBroken) as broken:
        read_settings()

    assert broken.value.faults[0].startswith(f"{variable} {said}")


def test_lists_may_be_written_with_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_INCIDENT_UNITY_CATALOG_SCHEMAS", " main.ranking ,main.fraud")

    assert read_settings().unity_catalog_schemas == ("main.ranking", "main.fraud")


def test_tokens_of_registries_are_blotted_out_of_logs_like_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = [env_name(name) for name in Settings.model_fields if name.endswith("_token")]
    for name in tokens:
        monkeypatch.setenv(name, f"xoxb-xapp-{name}" if "SLACK" not in name else f"{name[6:9].lower()}")
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        monkeypatch.delenv(name)

    settings = read_settings()

    for name in ("BACKSTAGE_TOKEN", "DATAHUB_GMS_TOKEN", "OPENMETADATA_JWT_TOKEN", "DATABRICKS_TOKEN"):
        assert f"xoxb-xapp-{name}" in settings.secrets()
        assert name not in repr(settings).replace("_", "-")


def test_the_doctor_says_of_each_registry_what_to_do(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        None,
        "doctor",
        ML_INCIDENT_REGISTRIES="backstage,datahub",
        BACKSTAGE_URL="http://127.0.0.1:9",
        BACKSTAGE_TOKEN="s3cret-of-backstage",
    )

    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "Backstage at http://127.0.0.1:9 cannot be reached" in said
    assert "No DataHub server is named. Set DATAHUB_GMS_URL" in said
    assert "s3cret" not in said
