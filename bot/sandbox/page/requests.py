"""What every form that is posted to the page has in common."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

OURSELVES = (None, "none", "same-origin")


async def posted(request: Request) -> list[tuple[str, str]]:
    """The fields of a posted form, in order."""
    return parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)


def wants_json(request: Request) -> bool:
    """Whether the page's script asks, and not the browser itself."""
    return "application/json" in request.headers.get("accept", "")


def same_site(request: Request) -> bool:
    """Whether this page asks, or a program; not another site that is open in the same browser."""
    return request.headers.get("sec-fetch-site") in OURSELVES
