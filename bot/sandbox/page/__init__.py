"""The workspace in a browser: drawn by Jinja2 on the server, kept live by server-sent events."""

from .panel import Panel
from .routes import Page
from .shell import Shell
from .sources import Sources

__all__ = ["Page", "Panel", "Shell", "Sources"]
