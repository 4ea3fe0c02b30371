"""The database works from whatever folder the program and the file are in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import storage
from storage.database import open_engine, parse_url
from storage.upkeep import current, newest, upgrade


def test_a_program_in_a_folder_of_any_name_brings_its_tables_with_it(tmp_path: Path) -> None:
    home = tmp_path / "100% mine, naïve & $HOME"
    for package in ("storage", "playbooks"):
        shutil.copytree(
            Path(storage.__file__).parent.parent / package, home / package, ignore=shutil.ignore_patterns("*.pyc")
        )
    make = (
        "import storage, storage.upkeep as u; from storage.database import *; print(storage.__file__);"
        " e = open_engine(parse_url('sqlite:///here.db')); u.upgrade(e); print(u.current(e))"
    )
    made = subprocess.run(
        [sys.executable, "-c", make],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-500:]
    assert made.stdout.splitlines() == [str(home / "storage/__init__.py"), newest()]


def test_a_database_file_may_be_in_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "Café müde & co, 100%"
    folder.mkdir()
    engine = open_engine(parse_url(f"sqlite:///{folder / 'incidents.db'}"))
    upgrade(engine)
    assert current(engine) == newest()
    engine.dispose()
    assert (folder / "incidents.db").is_file()
