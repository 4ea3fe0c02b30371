"""What is installed from a built wheel is whole: it plays the demo without the repository."""

from __future__ import annotations

import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

PARTS = {
    "playbooks/policy.yaml",
    "playbooks/library/bad-rollout.yaml",
    "bot/views/templates/review.md.j2",
    "bot/sandbox/company.yaml",
    "bot/sandbox/page/static/page.js",
    "bot/sandbox/page/templates/page.html",
    "bot/sandbox/contract/methods.json",
    "bot/examples/models.yaml",
    "bot/examples/rotas.yaml",
    "storage/migrations/script.py.mako",
    "storage/migrations/env.py",
    "bot/py.typed",
    "storage/py.typed",
    "playbooks/py.typed",
}
BUILD = "import hatchling.build, sys; print(hatchling.build.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as an installer builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return folder / built.stdout.split()[-1]


def test_the_wheel_carries_everything_that_is_read_at_run_time(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    data = {
        str(path.relative_to(ROOT))
        for package in ("bot", "storage", "playbooks")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".db"} and "__pycache__" not in path.parts
    }
    assert names >= data | PARTS
    assert not [name for name in names if name.startswith(("tests/", "docs/", "deploy/"))]


def test_a_bot_installed_from_the_wheel_plays_the_demo(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    packages = next((home / "lib").glob("python3*")) / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # The dependencies are those of the environment that runs the tests; our own packages come from the wheel.
    # Debian's Python names folders besides that are not there.
    for folder in filter(Path.is_dir, map(Path, site.getsitepackages())):
        for entry in folder.iterdir():
            target = packages / entry.name
            if entry.suffix != ".pth" and not target.exists() and not entry.name.startswith("ml_incident_bot"):
                target.symlink_to(entry)
    where = subprocess.run(
        [python, "-c", "import bot; print(bot.__file__)"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert where.stdout.startswith(str(packages))
    run = "import sys; sys.argv[0] = 'ml-incident'; from bot.main import run; run()"
    demo = [python, "-c", run, "demo", "--once"]
    played = subprocess.run(demo, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert played.returncode == 0, played.stdout[-2000:] + played.stderr[-2000:]
    assert "INC-1" in (tmp_path / "review-INC-1.md").read_text("utf-8")
