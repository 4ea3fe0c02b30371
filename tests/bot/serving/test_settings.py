"""Settings: all faults at once, in sentences, and `.env.example` tells the truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.errors import WRONG_USAGE, SettingsBroken
from bot.settings import Settings, env_name, read_settings

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env and no variables of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(env_name(name), raising=False)


def test_everything_has_a_default() -> None:
    settings = read_settings()
    assert settings.slack_api_url == "https://slack.com/api/"
    assert (settings.host, settings.port) == ("127.0.0.1", 3000)
    assert settings.digest_place == settings.announce_channel == "ml-incidents"
    assert settings.registries == ("file",)
    assert not settings.over_socket


def test_all_faults_are_said_at_once_and_no_secret_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SLACK_BOT_TOKEN": "swapped-secret-1",
        "SLACK_APP_TOKEN": "swapped-secret-2",
        "SLACK_API_URL": "slack.com",
        "DATABASE_URL": "mysql://me:swapped-secret-3@db/x",
        "ML_INCIDENT_PORT": "http",
        "ML_INCIDENT_POLICY": "nowhere.yaml",
        "ML_INCIDENT_PLAYBOOKS": "nowhere",
        "ML_INCIDENT_REGISTRIES": "file, mflow",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsBroken) as broken:
        read_settings(serving=True)
    said = "\n".join(broken.value.faults)
    for name in (
        "SLACK_BOT_TOKEN does not begin with xoxb-",
        "SLACK_APP_TOKEN does not begin with xapp-",
        "SLACK_API_URL is not a web address",
        "DATABASE_URL cannot be used",
        "ML_INCIDENT_PORT must be a whole number",
        "ML_INCIDENT_POLICY names nowhere.yaml",
        "ML_INCIDENT_PLAYBOOKS names nowhere",
        "Did you mean mlflow?",
    ):
        assert name in said
    assert len(broken.value.faults) == 8
    assert "swapped-secret" not in said
    assert broken.value.exit_code == WRONG_USAGE


def test_what_is_missing_for_serving_is_said_together_with_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_INCIDENT_PORT", "70000")
    monkeypatch.setenv("ML_INCIDENT_REGISTRIES", "mlflow")
    with pytest.raises(SettingsBroken) as broken:
        read_settings(serving=True)
    assert [fault.split()[0] for fault in broken.value.faults] == [
        "ML_INCIDENT_PORT",
        "SLACK_BOT_TOKEN",
        "Neither",
        "ML_INCIDENT_REGISTRIES",
    ]


def test_secrets_show_neither_in_print_nor_in_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-very-secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:also-secret@db/x")
    settings = read_settings()
    assert "very-secret" not in repr(settings)
    assert "also-secret" not in str(settings)
    assert "xoxb-very-secret" in settings.secrets()


def test_a_env_file_is_read_below_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("ML_INCIDENT_PORT=4000\nML_INCIDENT_HOST=0.0.0.0\nSLACK_APP_TOKEN=\n", "utf-8")
    monkeypatch.setenv("ML_INCIDENT_PORT", "5000")
    settings = read_settings()
    assert (settings.host, settings.port) == ("0.0.0.0", 5000)
    assert settings.slack_app_token is None


def test_small_differences_in_writing_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:8400/api")
    monkeypatch.setenv("ML_INCIDENT_ANNOUNCE_CHANNEL", "#incidents")
    monkeypatch.setenv("ML_INCIDENT_REGISTRIES", "mlflow, file")
    settings = read_settings()
    assert settings.slack_api_url.endswith("/api/")
    assert settings.announce_channel == "incidents"
    assert settings.registries == ("mlflow", "file")


def test_the_example_lists_every_setting_with_its_default_and_its_words() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    told = re.findall(r"((?:^# .*\n)+)^#([A-Z_]+)=(.*)$", example, re.MULTILINE)
    assert [name for _, name, _ in told] == [env_name(name) for name in Settings.model_fields]
    for (words, _, default), field in zip(told, Settings.model_fields.values(), strict=True):
        assert " ".join(words.replace("# ", "").split()).endswith(field.description or "?")
        assert default == _written(field.default)


def _written(default: object) -> str:
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(default) if isinstance(default, tuple) else "" if default is None else str(default)
