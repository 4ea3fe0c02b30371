"""How the browser is found, and what its absence and its complaints are called."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import Complaints, executable

pytestmark = pytest.mark.real


def test_a_browser_that_is_named_is_taken_before_those_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("chromium", "mine"):
        (tmp_path / name).write_text("#!/bin/sh\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ML_INCIDENT_TEST_CHROMIUM", raising=False)
    assert executable() == str(tmp_path / "chromium")
    monkeypatch.setenv("ML_INCIDENT_TEST_CHROMIUM", str(tmp_path / "mine"))
    assert executable() == str(tmp_path / "mine")


def test_no_browser_is_an_error_that_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ML_INCIDENT_TEST_CHROMIUM", raising=False)
    with pytest.raises(RuntimeError, match="apt-get install chromium"):
        executable()
    monkeypatch.setenv("ML_INCIDENT_TEST_CHROMIUM", str(tmp_path / "gone"))
    with pytest.raises(RuntimeError, match="ML_INCIDENT_TEST_CHROMIUM names"):
        executable()


def test_what_a_page_complains_of_is_noticed(browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    complaints = Complaints(page)
    # Port 9 on loopback is nobody's.
    page.set_content("<p>here</p><script>console.error('loud'); throw new Error('broken')</script>")
    page.evaluate("() => fetch('http://127.0.0.1:9/').catch(() => undefined)")
    expect(page.get_by_text("here")).to_be_visible()
    context.close()
    heard = "\n".join(complaints.heard)
    assert "error: loud" in heard
    assert "broken" in heard
    assert "failed: http://127.0.0.1:9/" in heard
