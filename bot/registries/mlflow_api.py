"""Asking an MLflow server over its REST API 2.0, and telling an operator what to do when it does not answer."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import httpx

from bot.registries.protocol import RegistryDown

Json = dict[str, Any]

CALL_SECONDS: Final = 3.0
READING_SECONDS: Final = 60.0
"""For everything that one sync asks: a server that needs longer is as good as down."""
_MOST_PAGES: Final = 1000


class NotThere(RegistryDown):
    """MLflow is well, and knows no such model, version or alias."""


class MlflowApi:
    """An open connection; use it in a `with`. Every failure is a RegistryDown."""

    def __init__(
        self,
        uri: str,
        *,
        token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        within_s: float = READING_SECONDS,
    ) -> None:
        self.place = _place(uri)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        auth = (username, password or "") if username and not token else None
        try:
            base = httpx.URL(f"{uri.strip().rstrip('/')}/api/2.0/mlflow/")
            self._client = httpx.Client(base_url=base, headers=headers, auth=auth, timeout=CALL_SECONDS)
        except (httpx.InvalidURL, UnicodeError, ssl.SSLError, OSError) as error:
            raise RegistryDown(
                f"{self.place} cannot be asked ({_brief(error)}). Check MLFLOW_TRACKING_URI and SSL_CERT_FILE."
            ) from None
        self._within_s, self._ends = within_s, time.monotonic() + within_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def models(self, *, page: int = 200) -> Iterator[Json]:
        """Every registered model with its tags and aliases; prompts are registered models too, and left out."""
        asked: Json = {"max_results": page, "order_by": "name ASC"}
        for _ in range(_MOST_PAGES):
            answer = self.get("registered-models/search", asked)
            for model in answer.get("registered_models") or []:
                if tags(model).get("mlflow.prompt.is_prompt", "").lower() != "true":
                    yield model
            # A page may be empty and still not be the last one.
            if not answer.get("next_page_token"):
                return
            asked["page_token"] = answer["next_page_token"]
        raise RegistryDown(f"{self.place} never came to a last page of models. Look at the server's log.")

    def version_behind(self, name: str, alias: str) -> Json:
        """The version that an alias points at now, with its tags. Raises NotThere."""
        found: Json = self.get("registered-models/alias", {"name": name, "alias": alias})["model_version"]
        return found

    def get(self, path: str, asked: Json) -> Json:
        """One question; the answer's JSON object."""
        if time.monotonic() > self._ends:
            raise RegistryDown(
                f"{self.place} was too slow: it was still answering after {self._within_s:.0f} seconds. "
                "Look at the server's load."
            )
        try:
            response = self._client.get(path, params=asked)
        except httpx.TimeoutException:
            raise RegistryDown(
                f"{self.place} did not answer within {CALL_SECONDS:.0f} seconds. "
                "Check that it is up, and that it can be reached from where the bot runs."
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RegistryDown(_unreachable(self.place, error)) from None
        answer = _object(response)
        if response.status_code == 200 and answer is not None:
            return answer
        raise _refusal(self.place, response, answer or {})


def tags(thing: Json) -> dict[str, str]:
    """The tags of a model or version by key."""
    return {str(tag.get("key", "")): str(tag.get("value", "")) for tag in thing.get("tags") or []}


def aliases(model: Json) -> dict[str, str]:
    """Alias → version of a registered model. Versions carry no aliases in lists, so this is where they are read."""
    return {str(row["alias"]): str(row["version"]) for row in model.get("aliases") or []}


def _object(response: httpx.Response) -> Json | None:
    try:
        answer = response.json()
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _unreachable(place: str, error: Exception) -> str:
    said = str(error)
    if "WRONG_VERSION_NUMBER" in said or "record layer" in said:
        return f"{place} does not speak TLS. Write http:// in MLFLOW_TRACKING_URI, or put TLS in front of it."
    if isinstance(error.__cause__, ssl.SSLError) or "CERTIFICATE" in said or "SSL" in said:
        return (
            f"The TLS certificate of {place} is not trusted ({_brief(error)}). "
            "Name the file with your certificate authority in SSL_CERT_FILE, or renew the certificate."
        )
    return f"{place} cannot be reached ({_brief(error)}). Check MLFLOW_TRACKING_URI, and that the server is up."


def _refusal(place: str, response: httpx.Response, answer: Json) -> RegistryDown:
    code, message = str(answer.get("error_code", "")), _one_line(str(answer.get("message", "")))
    status = response.status_code
    if code == "RESOURCE_DOES_NOT_EXIST":
        return NotThere(f"{place} knows nothing of that name: {message or 'it gave no reason'}. Check its spelling.")
    if code == "INVALID_PARAMETER_VALUE" and "alias" in message.lower() and "not found" in message.lower():
        return NotThere(f"{place} has no such alias: {message}. Set it on the version that is meant.")
    return RegistryDown(f"{place} {_what_to_do(status, response.text, message)}")


_WHAT_TO_DO: Final = {
    200: "answered with a page instead of data. Check that MLFLOW_TRACKING_URI is an MLflow server.",
    401: "does not accept the bot's credentials. Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, "
    "or MLFLOW_TRACKING_TOKEN.",
    403: "does not let the bot's account read models. Give that account the right to READ registered models.",
    404: "has no MLflow API there. Give MLFLOW_TRACKING_URI the server's address without /api or /#/models.",
    429: "asks for fewer questions (HTTP 429). Nothing needs to be done unless this stays.",
}


def _what_to_do(status: int, text: str, message: str) -> str:
    if "Invalid Host header" in text:
        return (
            "refuses the name under which the bot calls it. "
            "Start the server with --allowed-hosts and the host that stands in MLFLOW_TRACKING_URI."
        )
    if 300 <= status < 400:
        return (
            "sends the bot to another address, as a log-in page does. Give the bot a way around it, "
            "or write the final address in MLFLOW_TRACKING_URI."
        )
    if status >= 500:
        return f"failed (HTTP {status}). Look at the server's log."
    refused = f"refused the question (HTTP {status}{f': {message}' if message else ''}). Look at the server's log."
    return _WHAT_TO_DO.get(status, refused)


def _place(uri: str) -> str:
    """The server as people may read it: without user name, password or query."""
    try:
        parts = urlsplit(uri.strip())
        host = f"{parts.hostname or 'nowhere'}{f':{parts.port}' if parts.port else ''}"
    except ValueError:
        return "MLflow"
    return f"MLflow at {parts.scheme or 'http'}://{host}{parts.path.rstrip('/')}"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200].rstrip(".")


def _brief(error: Exception) -> str:
    said = str(error).split("] ")[-1]
    return _one_line(said.split(" (_ssl")[0]) or "no reason was given"
