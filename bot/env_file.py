"""The .env file, looked at before it is read: what in it cannot be understood, and which names are misspelt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from io import StringIO
from pathlib import Path

from dotenv.parser import Binding, parse_stream  # what pydantic-settings reads .env files with

NAME = ".env"


def env_file_faults() -> list[str]:
    """Why the .env file here cannot be used, a sentence each; nothing when there is none."""
    path = Path(NAME)
    if not path.exists():
        return []
    try:
        lines = _lines(path)
    except OSError as problem:
        return [f"{NAME} cannot be read ({(problem.strerror or 'unknown reason').lower()})."]
    except UnicodeDecodeError:
        return [f"{NAME} is not UTF-8 text; write it again as plain text."]
    return [
        f"{NAME}, line {line.original.line}: write NAME=value here, or put # in front."
        for line in lines
        if line.error or (line.key is not None and line.value is None)
    ]


def misspelt(known: Iterable[str], environment: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(name, the setting that it is nearly called) for whatever is set in the environment or in .env."""
    settings = sorted(known)
    try:
        in_file = [line.key for line in _lines(Path(NAME)) if line.key]
    except (OSError, UnicodeDecodeError):
        in_file = []
    for name in sorted({*environment, *in_file} - set(settings)):
        if name.startswith(("SLACK_", "ML_INCIDENT_", "MLFLOW_")) and (
            meant := get_close_matches(name, settings, n=1, cutoff=0.85)
        ):
            yield name, meant[0]


def _lines(path: Path) -> list[Binding]:
    return list(parse_stream(StringIO(path.read_text("utf-8"))))
