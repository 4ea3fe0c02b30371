"""What is said of the whole tree: modules stay small, and no package registry is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

LONGEST = 300
# Written in two halves, so that this file names none.
REGISTRIES = [
    f"{name}.{end}"
    for name, end in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("anaconda", "org"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("proxy.golang", "org"),
        ("jfrog", "io"),
    )
]
NOT_OURS = {"__pycache__", "node_modules", "build", "dist"}
OURS_THOUGH_HIDDEN = {".ci", ".github", ".gitignore", ".editorconfig", ".env.example", ".pre-commit-config.yaml"}


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Every file that is kept in the repository; environments, caches and databases are not."""
    for path in sorted(folder.iterdir()):
        if path.name in NOT_OURS or (path.name.startswith(".") and path.name not in OURS_THOUGH_HIDDEN):
            continue
        if path.is_dir():
            yield from files(path)
        elif path.suffix not in {".db", ".pyc", ".log"}:
            yield path


@pytest.mark.parametrize("package", ["bot", "storage", "playbooks"])
def test_no_module_is_longer_than_three_hundred_lines(package: str) -> None:
    # A migration is generated, and never read like a module.
    modules = [path for path in (ROOT / package).rglob("*.py") if "versions" not in path.parts]
    too_long = {
        str(path.relative_to(ROOT)): length
        for path in modules
        if (length := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert too_long == {}


def test_no_file_names_the_host_of_a_package_registry() -> None:
    found = []
    for path in files():
        content = path.read_bytes().decode("utf-8", errors="replace").lower()
        found += [f"{path.relative_to(ROOT)}: {host}" for host in REGISTRIES if host in content]
    assert found == []


def test_no_page_speaks_of_containers_without_a_file_for_them() -> None:
    named = [path for path in files() if path.suffix == ".md" and "container" in path.read_text("utf-8").lower()]
    built = [path for path in files() if path.name.lower().startswith(("dockerfile", "containerfile", "compose"))]
    assert built or not named
