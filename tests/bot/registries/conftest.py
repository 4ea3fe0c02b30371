"""What all tests of registries share."""

from __future__ import annotations

import pytest

from bot.registries import patience


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions are asked again at once, so that a registry that stays down costs a test no second."""
    monkeypatch.setattr(patience, "PAUSES_S", [0.0, 0.0])
