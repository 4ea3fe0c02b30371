"""The bot's process in the demo: exactly what `serve` runs, but on the sandbox's clock."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.demo.clock import SandboxClock
from bot.errors import Stop
from bot.logs import start_logging
from bot.processes import end_with_input, leave_at_once, write_whole
from bot.serving import serve_bot
from bot.settings import read_settings

TICK_S = 0.25
SYNC_S = 5.0


def main(sandbox_url: str, ready_file: Path, sync_seconds: float = SYNC_S) -> int:
    """Serve until a signal comes; the exit code."""
    end_with_input()
    clock = SandboxClock(sandbox_url)
    try:
        settings = read_settings(serving=True)
        start_logging(secrets=settings.secrets())
        clock.start()
        serve_bot(
            settings,
            now=clock.now,
            tick_seconds=TICK_S,
            sync_seconds=sync_seconds,
            limited=False,
            ready=lambda address: write_whole(ready_file, address),
        )
    except Stop as stop:
        sys.stderr.write(f"{stop}\n")
        return stop.exit_code
    finally:
        clock.stop()
    leave_at_once()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), *map(float, sys.argv[3:])))
