"""The workspace in a browser: drawn by Jinja2 on the server, kept live by server-sent events."""

from .routes import Page

__all__ = ["Page"]
