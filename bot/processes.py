"""How a process says that it is ready, and how it ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a file that whoever waits for it never sees half of."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, "utf-8")
    part.replace(path)


def end_with_input() -> None:
    """Ask this process to end when the pipe at its input closes: whoever started it was killed, or let go."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="input", daemon=True).start()


def leave_at_once() -> None:
    """End the process although a thread still waits for a slow registry or Slack: nothing in it is to be kept."""
    waiting = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    if any(not thread.daemon for thread in waiting):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
