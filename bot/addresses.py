"""Whether an address is on this machine: then no proxy of the environment can reach it."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit


def is_here(url: str) -> bool:
    """True for localhost and loopback addresses, as the sandbox has."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def reach_directly(url: str) -> None:
    """Have every client of this process leave the environment's proxies out for this address, if it is here.

    Slack's synchronous client asks them even when it is told to use none.
    """
    if not is_here(url):
        return
    names = [name.strip() for key in ("no_proxy", "NO_PROXY") for name in os.environ.get(key, "").split(",")]
    spared = ",".join(dict.fromkeys(name for name in (*names, urlsplit(url).hostname or "") if name))
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = spared
