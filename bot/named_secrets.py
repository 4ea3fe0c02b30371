"""Secrets that a file names instead of holding: each is the value of an environment variable, or of one in .env."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dotenv import dotenv_values  # what pydantic-settings reads .env files with

from bot.env_file import NAME
from playbooks.reading import Plain, read_yaml

KEY: Final = "env"
"""The field that names a variable, as in `bearer: {env: SERVING_TOKEN}`."""


def secret(name: str) -> str | None:
    """The value of a variable; the environment wins over .env, as it does for settings."""
    if value := os.environ.get(name, "").strip():
        return value
    try:
        return (dotenv_values(NAME).get(name) or "").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def named_in(path: Path | None) -> list[str]:
    """The values of all variables that a YAML file names, whatever else may be wrong with it."""
    if path is None:
        return []
    try:
        data = read_yaml(path.read_bytes(), path.name).data
    except OSError:
        return []
    return [value for name in sorted(set(_names(data))) if (value := secret(name))]


def _names(data: Plain) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key == KEY and isinstance(value, str):
                yield value
            else:
                yield from _names(value)
    elif isinstance(data, list):
        for value in data:
            yield from _names(value)
