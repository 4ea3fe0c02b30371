"""Nothing half-opened stays half-opened, on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.databases import PostgresServer
from tests.promises.killing import kill_at_every_call


@pytest.mark.timeout(400)
def test_killing_the_bot_at_any_call_of_an_opening_leaves_one_of_everything(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    url = postgres.make()
    try:
        assert kill_at_every_call(tmp_path, url) >= 20
    finally:
        postgres.drop(url)
