"""Addresses that an operator wrote, without what does not belong into one."""

from __future__ import annotations

from urllib.parse import unquote

import httpx


def address(text: str) -> tuple[str, tuple[str, str] | None]:
    """The address without a slash at its end, and the user name and password that stood in it.

    Raises ValueError, whose text repeats nothing of the address: there may be a password in it.
    """
    try:
        url = httpx.URL(text.strip())
        host, port, userinfo = url.host, url.port, url.userinfo.decode()
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise ValueError("is not a web address; write for example https://models.example.com/api") from None
    if url.scheme not in ("http", "https") or not host:
        raise ValueError("is not a web address; write it with http:// or https:// in front")
    if url.query or url.fragment:
        raise ValueError("ends with its path: a ? or a # has no place in it")
    place = f"[{host}]" if ":" in host else host
    path = url.raw_path.decode("ascii").rstrip("/")
    name, _, password = userinfo.partition(":")
    clean = f"{url.scheme}://{place}{f':{port}' if port else ''}{path}"
    return clean, (unquote(name), unquote(password)) if userinfo else None
