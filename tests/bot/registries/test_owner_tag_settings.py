"""Whether owners may be written to MLflow: off unless somebody says so, and never in a rehearsal."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.demo.own import PASSED_ON
from bot.errors import SettingsBroken
from bot.settings import Settings, env_name, read_settings
from tests.bot.registries.test_installed import run

ON = "ML_INCIDENT_MLFLOW_WRITE_OWNERS"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env and no variables of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(env_name(name), raising=False)


def test_owners_are_written_only_where_somebody_says_so_and_mlflow_is_read() -> None:
    assert read_settings(registries="mlflow").owner_tags is None
    assert read_settings(registries="file", mlflow_write_owners=True).owner_tags is None
    settings = read_settings(registries="file,mlflow", mlflow_write_owners=True, mlflow_tag_prefix="acme.")
    assert settings.owner_tags == ("acme.owner", "acme.reviewed_at")


def test_writing_to_a_server_that_is_not_read_is_a_fault_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ON, "true")
    assert f"{ON} is on, so ML_INCIDENT_REGISTRIES has to name mlflow." in read_settings().missing_for_serving()
    monkeypatch.setenv(ON, "maybe")
    with pytest.raises(SettingsBroken) as broken:
        read_settings()
    assert broken.value.faults == (f"{ON} must be true or false.",)


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("false", "owners in MLflow: read, and never written"),
        ("true", "is written to the tags acme.owner and acme.reviewed_at, which needs EDIT on the models"),
    ],
)
def test_the_doctor_says_whether_it_is_on(tmp_path: Path, on: str, said: str) -> None:
    uri = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "ML_INCIDENT_MLFLOW_TAG_PREFIX": "acme."}
    done = run(tmp_path, None, "doctor", ML_INCIDENT_REGISTRIES="mlflow", **uri, **{ON: on})
    assert said in done.stdout


def test_a_rehearsal_writes_nothing_to_the_real_mlflow() -> None:
    assert "mlflow_tracking_uri" in PASSED_ON
    assert "mlflow_write_owners" not in PASSED_ON
