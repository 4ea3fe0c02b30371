"""The two tags of MLflow that say who owns a model and when that was confirmed: read, and set where it is allowed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.registries.calls import Json
from bot.registries.mlflow_api import MlflowApi, tags
from bot.registries.protocol import RegistryDown
from bot.registries.shapes import Shape, one_line

if TYPE_CHECKING:
    from pydantic import SecretStr

    from bot.settings import Settings

_WITHIN_S: Final = 6.0
"""For one question, asked again where it failed in passing: three of them have to fit into a worker's lease."""
_HEALS: Final = frozenset({401, 408, 425, 429})
"""Somebody mends the log-in, or the server is busy: the same may be taken later."""
_READ_ONLY: Final = re.compile(r"read.?only", re.IGNORECASE)


class NotTaken(Exception):
    """MLflow will not take it until somebody changes something; the text is a sentence that says what."""


class Gone(NotTaken):
    """MLflow has no such model any more, and nothing that somebody changes there will bring this tag about."""


@dataclass(frozen=True)
class Tagged:
    """What the two tags say; empty where there is none."""

    owner: str
    reviewed_at: str


class OwnerTags:
    """Tags of registered models on one MLflow server. Raises RegistryDown for what may pass, NotTaken for the rest."""

    def __init__(
        self,
        uri: str,
        *,
        token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        names: tuple[str, str] = ("owner", "reviewed_at"),
    ) -> None:
        self._uri, self._token, self._username, self._password = uri, token, username, password
        self.owner, self.reviewed_at = names

    def read(self, model: str) -> Tagged:
        """What the tags of a model say (network)."""
        with self._open(model, self.owner) as api:
            found = Shape(api.get("registered-models/get", {"name": model})).at("registered_model")
            said = tags(found)
            if found.at("name").exact() != model or found.odd:  # no answer must not look like no owner
                raise RegistryDown(
                    f"{api.place} answered in a way that the bot does not understand, so it does not know what the tag "
                    f"{self.owner} of {one_line(model)} says. Look at the server's log."
                )
        return Tagged(one_line(said.get(self.owner, "")), one_line(said.get(self.reviewed_at, "")))

    def set(self, model: str, tag: str, value: str) -> None:
        """Set a tag of a model (network); setting it to the same again changes nothing."""
        with self._open(model, tag) as api:
            api.post("registered-models/set-tag", {"name": model, "key": tag, "value": value})

    def _open(self, model: str, tag: str) -> _Api:
        return _Api(
            self._uri,
            model=model,
            tag=tag,
            token=self._token,
            username=self._username,
            password=self._password,
        )


class _Api(MlflowApi):
    """Tells a refusal that stays from a server that is down."""

    def __init__(
        self, uri: str, *, model: str, tag: str, token: str | None, username: str | None, password: str | None
    ) -> None:
        super().__init__(uri, token=token, username=username, password=password, within_s=_WITHIN_S)
        self._model, self._tag = model, tag

    def _refusal(self, status: int, text: str, answer: Json) -> RegistryDown:
        if status in _HEALS or "Invalid Host header" in text:
            return super()._refusal(status, text, answer)
        said = self.brief_text(str(answer.get("message", "")))
        code = str(answer.get("error_code", ""))
        what = f"the tag {self._tag} of {one_line(self._model)}"
        if code == "RESOURCE_DOES_NOT_EXIST":
            raise Gone(
                f"{self.place} knows no model {one_line(self._model)} any more, so {what} was not set. If it has "
                "another name now, confirm its owner again under that name."
            )
        if _READ_ONLY.search(said) or status in {405, 501}:
            raise NotTaken(
                f"{self.place} can only be read (HTTP {status}{f': {said}' if said else ''}), so {what} was not set. "
                "Name a server that takes changes in MLFLOW_TRACKING_URI, or turn ML_INCIDENT_MLFLOW_WRITE_OWNERS off."
            )
        if status == 403:
            raise NotTaken(
                f"{self.place} does not let the bot's account set {what}. Give that account the right to EDIT the "
                "registered model, or turn ML_INCIDENT_MLFLOW_WRITE_OWNERS off."
            )
        if 400 <= status < 500 and status != 404:
            raise NotTaken(
                f"{self.place} refused {what} (HTTP {status}{f': {said}' if said else ''}). Set it there by hand, or "
                "look at the server's log."
            )
        return super()._refusal(status, text, answer)


def open_owner_tags(settings: Settings) -> OwnerTags | None:
    """The tags that the bot may set; None where the operator does not allow it."""
    if settings.owner_tags is None or settings.mlflow_tracking_uri is None:
        return None
    return OwnerTags(
        settings.mlflow_tracking_uri,
        token=_shown(settings.mlflow_tracking_token),
        username=settings.mlflow_tracking_username,
        password=_shown(settings.mlflow_tracking_password),
        names=settings.owner_tags,
    )


def _shown(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
