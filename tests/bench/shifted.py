"""The bot as `serve` runs it, limits and all, at the sandbox's time: `shifted SANDBOX TICK_SECONDS READY_FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.demo.clock import following
from bot.logs import start_logging
from bot.processes import leave_at_once, write_whole
from bot.serving import serve_bot
from bot.settings import read_settings


def main(sandbox_url: str, tick_s: float, ready_file: Path) -> None:
    """Serve until a signal comes."""
    settings = read_settings(serving=True)
    start_logging(secrets=settings.secrets(), level="INFO")
    with following(sandbox_url) as now:
        serve_bot(settings, now=now, tick_seconds=tick_s, ready=lambda address: write_whole(ready_file, address))
    leave_at_once()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]))
