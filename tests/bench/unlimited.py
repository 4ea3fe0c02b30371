"""The bot as `serve` runs it, but without the rate limits known ahead: a sandbox with none is what is measured."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.logs import start_logging
from bot.processes import leave_at_once, write_whole
from bot.serving import serve_bot
from bot.settings import read_settings


def main(ready_file: Path) -> None:
    """Serve until a signal comes."""
    settings = read_settings(serving=True)
    start_logging(secrets=settings.secrets(), level="WARNING")
    serve_bot(settings, limited=False, ready=lambda address: write_whole(ready_file, address))
    leave_at_once()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
