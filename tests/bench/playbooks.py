"""How fast 1,000 playbooks load, are checked, and let a bot start: `python -m tests.bench.playbooks`.

Each number comes from a process of its own. Exits 1 where a promise is broken.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLAYBOOKS, STEPS = 1000, 30
SECONDS, MEGABYTES = 5.0, 200.0
TODAY = date(2026, 11, 20)

_HEAD = """\
schema: ml-incident.playbook/v1
id: made-{n:04}
title: What to do when score {n} of the ranking is off
summary: Something is off with score {n}. Freeze it, look at it, go back to what was good, and prove it.
version: "1.0.0"
owner: "@ml-platform"
review_by: 2027-05-01
signals: [Answers are all the same, "The share of empty answers is above 5 %"]
sources: ["https://example.com/postmortem (what happened there)"]
applies_to: {{failure_modes: [bad-rollout], modes: [online, batch], words: [rollout, canary, made{n}]}}
vars: {{last_good: {{from: model.rollback, ask: Which version was the last good one?, kind: version}}}}
timers: [{{id: first-update, after: 15m, until: mitigated, remind: comms, text: Write the first update.}}]
close_when: [The window of bad predictions is known, Everything switched on for today is off again]
steps:
"""
_TASK = """\
  - id: look-{k}
    phase: diagnose
    role: poc:ds
    title: Look at part {k} of {{model.name}}
    do: |-
      • Stop the ramp where it is. No promotion, no automatic rollback, no second attempt.
      • Write down the share of traffic that each version gets right now ({{vars.last_good}}).
    why: A ramp that goes on turns a small failure into a large one while you look.
    done_when: The share of the new version does not change any more.
    due: 8m
    evidence:
      - {{id: share-{k}, ask: "Which version gets how much traffic?", pir_field: versions_affected}}
"""
_DECISION = """\
  - id: ask-{k}
    kind: decision
    phase: diagnose
    role: ml-lead
    title: Is part {k} bad?
    ask: On the same current requests, which version gives bad answers?
    do: Send the same requests to both versions, and compare the answers and the spread of scores.
    when: {{model.mode: [online, streaming]}}
    options:
      - {{label: "Only the new version", goto: look-{k}b}}
      - {{label: "Both: it is the input", goto: look-{k}b, sets: {{failure_mode: bad-data}}}}
      - {{label: "Can't tell within ten minutes", goto: look-{k}b, cannot_tell: true}}
"""
_CHECK = """\
  - id: serving-{k}
    kind: check
    phase: verify
    title: The endpoint reports {{vars.last_good}}
    serving: {{expect: {{op: equals, value: "{{vars.last_good}}"}}}}
    for: 10m
    manual: Ask every replica at {{model.endpoint.prod}} which version it serves, twice, ten minutes apart.
    on_fail: look-{k}a
"""
_ACTION = """\
  - id: back-{k}
    kind: action
    phase: mitigate
    role: poc:dsp
    title: Move the alias back to {{vars.last_good}}
    mlflow: {{to: "{{vars.last_good}}"}}
    approval: [commander, poc:dsp]
    reversible: at-once
    manual: Point the serving alias at {{vars.last_good}}, and make serving load it.
    undo: Point the alias at what it was before.
    on_fail: look-{k}a
"""
_WAIT = """\
  - id: rest-{k}
    kind: wait
    title: Let it settle
    for: 10m
    do: Watch {{model.dashboard}}.
"""
_INCLUDE = "  - {id: common, kind: include, title: The first minutes, playbook: common-first-fifteen-minutes}\n"
_END = "  - {id: end, kind: end, title: Over}\n"


def made(number: int) -> str:
    """A playbook of thirty steps, of the size and the mixture of those that ship."""
    rows = [_INCLUDE]
    for at in range(7):
        rows += [_TASK.format(k=f"{at}a"), _DECISION.format(k=at), _TASK.format(k=f"{at}b")]
        rows.append((_CHECK, _ACTION, _WAIT)[at % 3].format(k=at))
    rows.append(_END)
    assert len(rows) == STEPS
    return _HEAD.format(n=number) + "".join(rows)


def measure(what: str, folder: Path) -> dict[str, float]:
    """Load or check all of them in this process."""
    from playbooks.load import check, load_library, shipped_library

    shipped_library()
    began = time.perf_counter()
    if what == "load":
        library = load_library(folder)
        assert len(library.sources) >= PLAYBOOKS
        faults = library.faults
    else:
        faults = tuple(check([folder], today=TODAY))
    took = time.perf_counter() - began
    assert not faults, faults[:3]
    return {"seconds": took, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _RSS_IN_MEGABYTES}


_RSS_IN_MEGABYTES = 1024 * 1024 if sys.platform == "darwin" else 1024
_CODE = (
    "import json, sys; from pathlib import Path; from tests.bench.playbooks import measure;"
    "print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))"
)


def in_a_process(what: str, folder: Path) -> dict[str, float]:
    """What `measure` says, from a process that has done nothing else."""
    done = subprocess.run(
        [sys.executable, "-c", _CODE, what, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def command(folder: Path) -> dict[str, float]:
    """`ml-incident playbooks check`, from pressing return to the prompt."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "bot.main", "playbooks", "check", str(folder)], cwd=ROOT, capture_output=True, check=True
    )
    return {"seconds": time.perf_counter() - began}


def bot(folder: Path) -> dict[str, float]:
    """A bot with all of them, from its start until Slack reaches it."""
    import psutil

    from tests.bot_process import BotProcess
    from tests.databases import sqlite_url
    from tests.processes import start_sandbox

    with tempfile.TemporaryDirectory(prefix="bench-") as name, start_sandbox(Path(name)) as slack:
        one = BotProcess(
            Path(name), slack, sqlite_url(Path(name)), ML_INCIDENT_PLAYBOOKS=str(folder), PYTHONPATH=str(ROOT)
        )
        began = time.monotonic()
        one.start()
        took = time.monotonic() - began
        try:
            assert one.process is not None
            return {"seconds": took, "megabytes": psutil.Process(one.process.pid).memory_info().rss / 1024 / 1024}
        finally:
            one.stop()


def main() -> None:
    """Make the playbooks, measure, print, and exit 1 over a bound."""
    from playbooks.parsing import CParser

    with tempfile.TemporaryDirectory(prefix="playbooks-") as name:
        folder = Path(name)
        for number in range(PLAYBOOKS):
            (folder / f"made-{number:04}.yaml").write_text(made(number), "utf-8")
        size = sum(file.stat().st_size for file in folder.iterdir()) / 1024 / 1024
        parser = "ruamel.yaml (slow: PyYAML has no libyaml here)" if CParser is None else "libyaml"
        print(f"{PLAYBOOKS} playbooks of {STEPS} steps, {size:.0f} MB of YAML, read with {parser}")
        print(f"{'':<34} {'seconds':>8} {'MB':>6}   (promised: {SECONDS:.0f} s, {MEGABYTES:.0f} MB)")
        rows = {
            "load": in_a_process("load", folder),
            "check": in_a_process("check", folder),
            "`ml-incident playbooks check`": command(folder),
            "the bot starts": bot(folder),
        }
    for what, found in rows.items():
        memory = f"{found['megabytes']:6.0f}" if "megabytes" in found else f"{'':>6}"
        print(f"{what:<34} {found['seconds']:8.2f} {memory}")
    over = any(found["seconds"] > SECONDS or found.get("megabytes", 0) > MEGABYTES for found in rows.values())
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
