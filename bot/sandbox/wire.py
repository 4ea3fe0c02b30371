"""JSON over HTTP to a running sandbox, and the shape of its answers."""

from dataclasses import dataclass
from typing import Any

import httpx

Json = dict[str, Any]

PATIENCE_S = 15.0


class SandboxError(Exception):
    """The sandbox says why it could not do what was asked: no such button, a required field left empty."""


@dataclass(frozen=True)
class Reply:
    """What came back from the bot for one thing that a person did.

    `text` is what the person was shown at once ("" when nothing was), `ms` the time to the acknowledgement,
    `error` Slack's own word when there was none (`operation_timeout`, `dispatch_failed`). When the same thing
    was delivered more than once, `repeats` has the later answers, in the shape of `body`.
    """

    ok: bool
    status: int
    ms: float
    body: Json | None
    text: str
    error: str
    repeats: tuple[Json | None, ...] = ()


class Wire:
    """JSON over HTTP to /sandbox/...; a complaint of the sandbox becomes a SandboxError."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = httpx.Client(base_url=self.base_url, timeout=PATIENCE_S, trust_env=False)

    def ask(self, path: str, *, patience_s: float = PATIENCE_S, **query: object) -> Any:
        params = {key: str(value) for key, value in query.items() if value is not None}
        return self._answer(self._http.get(f"/sandbox/{path}", params=params, timeout=patience_s))

    def tell(self, path: str, **what: object) -> Any:
        sent = {key: value for key, value in what.items() if value is not None}
        return self._answer(self._http.post(f"/sandbox/{path}", json=sent))

    def close(self) -> None:
        self._http.close()

    @staticmethod
    def _answer(response: httpx.Response) -> Any:
        if response.status_code >= 400:
            try:
                complaint = str(response.json()["error"])
            except (ValueError, KeyError, TypeError):
                complaint = f"the sandbox answered {response.status_code}: {response.text[:300]}"
            raise SandboxError(complaint)
        return response.json()
