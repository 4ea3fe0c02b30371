"""The bot as `serve` runs it, but reading its registries every so many seconds: `often SECONDS READY_FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.logs import start_logging
from bot.processes import leave_at_once, write_whole
from bot.serving import serve_bot
from bot.settings import read_settings


def main(every_s: float, ready_file: Path) -> None:
    """Serve until a signal comes."""
    settings = read_settings(serving=True)
    start_logging(secrets=settings.secrets(), level="INFO")
    serve_bot(settings, sync_seconds=every_s, ready=lambda address: write_whole(ready_file, address))
    leave_at_once()


if __name__ == "__main__":
    main(float(sys.argv[1]), Path(sys.argv[2]))
