"""The demo: the real bot in a small Slack on this machine, and an incident played from open to overdue review."""

from bot.demo.play import play, play_once

__all__ = ["play", "play_once"]
