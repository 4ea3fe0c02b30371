"""What a service answers is shown without secrets, without addresses of people, on one line, and cut."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.connections.redacting import LONGEST, Redactor

SECRETS = ["hunter2-hunter2", "hunter2-hunter2-long", "pässwörd"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("it was hunter2-hunter2-long!", "it was [secret]!"),
        ("pässwörd and hunter2-hunter2", "[secret] and [secret]"),
        ("Authorization: Bearer abcdef123", "Authorization: [secret]"),
        ("sent Bearer abcdef123 there", "sent Bearer [secret] there"),
        ('{"password": "p w d", "a": 1}', '{"password": [secret], "a": 1}'),
        ("password=hunter2-hunter2 x", "password=[secret] x"),
        ("password=abc&x=1", "password=[secret]&x=1"),
        ("db_passwd = 'a b'", "db_passwd = [secret]"),
        ("api-key: 12345", "api-key: [secret]"),
        ("X-Access-Key=12345;", "X-Access-Key=[secret];"),
        ("client_secret_v2: xyz", "client_secret_v2: [secret]"),
        ("https://bot:geheim@models.example.com/x", "https://[secret]@models.example.com/x"),
        ("ask ana.moreau+x@mail.example.com", "ask [e-mail]"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "[secret]"),
        ("key AKIAIOSFODNN7EXAMPLE", "key [secret]"),
        ("ghp_0123456789abcdefghij0123", "[secret]"),
        ("xoxb-12-34-ab", "[secret]"),
        ("Zk3qT9vB2mN8xR5wL1pH7sD4fG6jC0yA", "[secret]"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\nxyz\n-----END PRIVATE KEY-----", "[secret]"),
        ("two\n lines\tand\x00 more\u202e", "two lines and more"),
    ],
)
def test_what_must_not_be_shown_is_blotted_out(text: str, shown: str) -> None:
    assert Redactor(SECRETS)(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "1.10.3-rc1",
        "0.0123456789012345678901",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",  # a commit
        "m-4f3c2d1e0b9a8f7e6d5c4b3a29181706",  # a model of MLflow
        "the version is READY",
        "fraud-Scorer7b",
        "8 tokens per second",
        "models:/fraud-scorer/7",
        "2026-11-20T14:05:00Z",
    ],
)
def test_versions_and_numbers_are_left_as_they_are(text: str) -> None:
    assert Redactor(SECRETS)(text) == text
    assert not Redactor(SECRETS).would_change(text)


@given(before=st.text(max_size=2_000), after=st.text(max_size=2_000), secret=st.sampled_from(SECRETS))
def test_a_secret_of_ours_is_never_in_what_is_shown(before: str, after: str, secret: str) -> None:
    shown = Redactor(SECRETS)(before + secret + after)
    assert secret not in shown
    assert len(shown) <= LONGEST
    assert "\n" not in shown


def test_a_very_long_answer_is_looked_through_in_no_time() -> None:
    began = time.monotonic()
    for piece in ("a", "password=", "eyJ", "-----BEGIN A-----", "a@b.", "Ab1", "token ", "x@", "_-", "basic bearer "):
        assert len(Redactor(SECRETS)(piece * (256_000 // len(piece)))) <= LONGEST
    assert time.monotonic() - began < 10, "a second is usual, on a busy machine some"
