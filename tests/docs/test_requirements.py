"""What is installed, and when: pins agree with each other, and nothing is needed before the target that brings it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

LOCKS = ROOT / "deploy" / "requirements"
_PIN = re.compile(r"^([a-z0-9][\w.-]*)==(\S+)", re.MULTILINE)
# Installed by `make test-real` and not by `make setup`.
LATER = ("playwright", "axe_playwright_python")
SUITES = sorted(path.name for path in (ROOT / "tests").iterdir() if (path / "__init__.py").exists())


def pins(name: str) -> dict[str, set[str]]:
    """Package → its versions: several where they depend on the Python."""
    found: dict[str, set[str]] = {}
    for package, version in _PIN.findall((LOCKS / f"{name}.txt").read_text("utf-8")):
        found.setdefault(package, set()).add(version)
    return found


@pytest.mark.parametrize("name", ["runtime", "browser"])
def test_what_is_installed_together_is_pinned_to_the_same_versions(name: str) -> None:
    dev, other = pins("dev"), pins(name)
    assert other
    assert {package: versions for package, versions in other.items() if dev.get(package, versions) != versions} == {}


@pytest.mark.parametrize("name", ["runtime", "dev", "mlflow", "browser"])
def test_every_pin_has_a_hash(name: str) -> None:
    text = (LOCKS / f"{name}.txt").read_text("utf-8")
    entries = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]
    assert len(entries) == len(_PIN.findall(text)) > 0
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_tests_of_make_test_are_collected_without_what_the_browser_needs(tmp_path: Path) -> None:
    for package in LATER:
        (tmp_path / f"{package}.py").write_text(f"raise ModuleNotFoundError({package!r})\n", "utf-8")
    # Two suites stand for all: the whole tree takes seconds to read.
    ignored = [f"--ignore=tests/{suite}" for suite in SUITES if suite not in ("browser", "real")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "not real", "--collect-only", "-q", "-p", "no:cacheprovider", *ignored],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # 5: nothing was left to run, for all of these are real.
    assert done.returncode == 5, done.stdout + done.stderr
    assert "playwright" not in done.stdout
