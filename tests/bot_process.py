"""The whole bot as a process of its own, to be started, stopped and killed by tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from bot.manifest import subscribed_events
from bot.sandbox.client import SandboxSlack
from tests.processes import ROOT, end, wait_for_file

EXAMPLES = ROOT / "deploy" / "examples" / "models.yaml"
ROTAS = EXAMPLES.with_name("rotas.yaml")
_OURS = ("SLACK_", "ML_INCIDENT_", "MLFLOW_", "DATABASE_")


class BotProcess:
    """`ml-incident serve` against a sandbox; `command` replaces what is run, for a bench that needs more."""

    def __init__(
        self,
        folder: Path,
        slack: SandboxSlack,
        database_url: str,
        *,
        command: list[str] | None = None,
        over: str = "socket",
        **settings: str,
    ) -> None:
        self.folder = folder
        self.slack = slack
        self.log = folder / "bot.log"
        self.address = ""
        self._ready = folder / "bot.ready"
        self._command = command or [sys.executable, "-m", "bot.main", "serve", "--ready-file"]
        self._over = over
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)} | {
            "SLACK_BOT_TOKEN": "xoxb-sandbox",
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": database_url,
            "ML_INCIDENT_PORT": "0",
            "ML_INCIDENT_DIGEST_CHANNEL": "ml-ownership",
            "ML_INCIDENT_REGISTRY_FILE": str(EXAMPLES),
            **({} if "ML_INCIDENT_REGISTRY_FILE" in settings else {"ML_INCIDENT_ROTAS": str(ROTAS)}),
            **({"SLACK_APP_TOKEN": "xapp-sandbox"} if over == "socket" else {}),
            **({"SLACK_SIGNING_SECRET": "sandbox-signing-secret"} if over == "http" else {}),
            **settings,
        }

    def start(self) -> None:
        """Start it, and wait until Slack reaches it and it has read the file of models, unless it reads others."""
        self.slack.configure(events=subscribed_events())
        before = self.log.stat().st_size if self.log.exists() else 0
        self._ready.unlink(missing_ok=True)
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [*self._command, str(self._ready)],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.PIPE,  # the demo's bot ends when it closes
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self.address = wait_for_file(self._ready, self.process, log=self.log)
        if self._over == "http":
            self.slack.configure(events_url=f"{self.address}/slack/events")
        else:
            self.slack.wait_for(lambda: self.slack.state()["sockets"], timeout=10)
        if "ML_INCIDENT_REGISTRIES" not in self.environment:
            self.wait_until_models_are_read(since=before)

    def wait_until_models_are_read(self, *, since: int = 0, within_s: float = 10) -> None:
        """Until it has read its registries, after so many bytes of its log; or has ended."""
        process = self.process
        assert process is not None
        self.slack.wait_for(
            lambda: b"read the registries in" in self.log.read_bytes()[since:] or process.poll() is not None,
            timeout=within_s,
        )

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)
        if self._over == "socket":
            self.slack.wait_for(lambda: not self.slack.state()["sockets"] or None, timeout=10)

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        assert self.process is not None
        return end(self.process, within_s=10)

    def wait_until_people_are_known(self) -> None:
        """Until the first sync has asked Slack about everybody in the catalogue."""
        for _ in range(200):
            before = len(self.slack.calls())
            if sum(call["method"] == "users.lookupByEmail" for call in self.slack.calls()) >= 15:
                time.sleep(0.3)
                if len(self.slack.calls()) == before:
                    return
            time.sleep(0.05)
        raise AssertionError("the catalogue's people were never looked up")
