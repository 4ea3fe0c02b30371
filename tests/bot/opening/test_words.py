"""Words for Slack: nothing that people type can ping anybody, break a message or be cut in two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import text

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@given(st.text(max_size=400), st.integers(min_value=1, max_value=300))
def test_escaped_text_fits_and_holds_no_markup(said: str, limit: int) -> None:
    escaped = text.esc(said, limit)
    assert len(escaped) <= limit
    assert "<" not in escaped
    assert ">" not in escaped
    whole = escaped.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "&" not in whole, "an escape was cut in two"


def test_nobody_is_pinged_by_what_somebody_wrote() -> None:
    escaped = text.esc("<!channel> @here <@U01ANAMOR> @Everyone <!subteam^S1|x>")
    assert "<" not in escaped
    assert "@here" not in escaped
    assert "@Everyone" not in escaped


def test_control_characters_and_turned_text_are_dropped() -> None:
    assert text.clean("a\x00b\u202ec\ud800d\r\ne\tf") == "abcd\ne\tf"


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("scores &lt; 0 &amp; falling", "scores < 0 & falling"),
        ("<@U01ANAMOR|ana> saw it", "@ana saw it"),
        ("<@U01ANAMOR> saw it", "@somebody saw it"),
        ("see <#C01GENERAL|general>", "see #general"),
        ("<!here> look", "@here look"),
        ("<https://example.com/a|a graph> is flat", "a graph (https://example.com/a) is flat"),
        ("<https://example.com/a>", "https://example.com/a"),
    ],
)
def test_what_was_typed_is_kept_as_people_read_it(typed: str, plain: str) -> None:
    assert text.typed(typed) == plain


def test_times_are_shown_in_the_readers_zone_with_utc_beside_them() -> None:
    assert text.when(NOON) == f"<!date^{int(NOON.timestamp())}^{{date_short_pretty}} {{time}}|2026-11-20 12:00 UTC>"
    assert text.when(None) == "UNKNOWN"
    assert text.ago(NOON - timedelta(minutes=14), NOON) == "14 minutes ago"
    assert text.ago(NOON, NOON) == "just now"


def test_only_web_addresses_become_links() -> None:
    assert text.link("https://example.com/a?b=1&c=2", "Run<book>") == (
        "<https://example.com/a?b=1&amp;c=2|Run&lt;book&gt;>"
    )
    for bad in ("javascript:alert(1)", "https://example.com/a|b> <!channel", "not a link", "slack://user"):
        assert "<" not in text.link(bad, "Dashboard")
