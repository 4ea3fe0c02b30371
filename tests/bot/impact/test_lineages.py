"""The lineage of a catalogue that is being written."""

from __future__ import annotations

from bot.incidents import lineages
from storage.transaction import Storage
from tests.bot.impact.shop import keep


def test_a_reading_under_way_is_looked_at_once_it_is_over(storage: Storage) -> None:
    keep(storage, {"ranker": {"upstreams": "table:dw.items"}})
    lineages.warm(storage)
    with lineages.left_alone(storage):
        keep(storage, {"pages": {"upstreams": "table:dw.items"}})
        assert models_in(storage) == 1
    assert models_in(storage) == 2


def test_before_there_is_any_lineage_a_reading_under_way_is_no_reason_to_have_none(storage: Storage) -> None:
    keep(storage, {"ranker": {"upstreams": "table:dw.items"}})
    with lineages.left_alone(storage):
        assert models_in(storage) == 1


def models_in(storage: Storage) -> int:
    with storage.reading() as tx:
        return lineages.whole(tx).models
