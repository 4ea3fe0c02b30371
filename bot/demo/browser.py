"""Opening the page where there is a browser to open it in."""

from __future__ import annotations

import os
import sys
import webbrowser

_IN_A_TERMINAL = ("links", "elinks", "lynx", "w3m", "www-browser")


def open_page(address: str) -> bool:
    """Open it; False where that would not be seen: no screen, another machine's terminal, a browser of letters."""
    if os.environ.get("SSH_CONNECTION") or os.environ.get("CI"):
        return False
    screen = sys.platform in ("darwin", "win32") or "WSL_DISTRO_NAME" in os.environ
    if not screen and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return False
    if getattr(found, "name", "") in _IN_A_TERMINAL:
        return False
    return found.open(address)
