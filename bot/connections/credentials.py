"""What a connection shows to be let in: the header, and what must therefore never be shown."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from bot.settings import Settings


@dataclass(frozen=True)
class Credentials:
    """Headers to send, and every text that would give them away. `missing` says why there are none."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    missing: str | None = None


def bearer(token: str) -> Credentials:
    """Authorization: Bearer …"""
    return header("Authorization", f"Bearer {token}", secret=token)


def basic(username: str, password: str) -> Credentials:
    """Authorization: Basic …"""
    both = base64.b64encode(f"{username}:{password}".encode()).decode()
    return Credentials((("Authorization", f"Basic {both}"),), tuple(filter(None, (password, both))))


def header(name: str, value: str, *, secret: str) -> Credentials:
    """A header of the service's own."""
    if not value.isascii() or not value.isprintable():
        return Credentials(missing="holds characters that no header may hold")
    return Credentials(((name, value),), (secret,))


def of_mlflow(settings: Settings, userinfo: tuple[str, str] | None) -> Credentials:
    """What MLFLOW_TRACKING_… say; a token wins, as it does in MLflow itself."""
    token, password = settings.mlflow_tracking_token, settings.mlflow_tracking_password
    if token is not None:
        return bearer(token.get_secret_value().strip())
    if settings.mlflow_tracking_username:
        return basic(settings.mlflow_tracking_username, password.get_secret_value() if password else "")
    return basic(*userinfo) if userinfo else Credentials()
