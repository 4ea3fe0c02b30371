"""How long `ml-incident demo` takes until its first incident is there: `python -m tests.bench.demo`."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.promises.demos import playing
from tests.promises.test_demo_wishes import page_open


def main() -> None:
    """Start it three times, with a page open as a browser holds it."""
    for _ in range(3):
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder, playing(Path(folder)) as demo, page_open(demo):
            demo.slack.wait_for(
                lambda slack=demo.slack: [one for one in slack.channels() if one["name"].startswith("inc-1-")] or None,
                timeout=60,
            )
            print(
                f"from the start to the incident's channel: {time.monotonic() - began:.1f} s (bound 10 s)", flush=True
            )


if __name__ == "__main__":
    main()
