"""The training runs behind serving versions: who trained them, from which commit, on which data, with which prompts.

Who trained a model is not its owner, and is never taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from bot.registries.calls import MOST_PAGES, Json, NotAllowed, NotThere, Refused
from bot.registries.drafts import Draft
from bot.registries.mlflow_api import MlflowApi, tags
from bot.registries.prompt_links import LINKED, Link, linked
from bot.registries.protocol import RegistryDown
from bot.registries.shapes import Shape

SOURCE: Final = "mlflow training run"
_IN_ONE: Final = 100
_ID: Final = re.compile(r"[0-9A-Za-z]{1,64}")


@dataclass(frozen=True)
class Trained:
    """What a run says."""

    by: str = ""
    commit: str = ""
    on: tuple[str, ...] = ()
    prompts: tuple[Link, ...] = ()


class Runs:
    """Runs that were read once are not read again: what is wanted of them never changes after the training."""

    def __init__(self) -> None:
        self._known: dict[str, Trained] = {}
        self.problem: str | None = None
        """Why runs could not be read, with what to do."""

    def read(self, api: MlflowApi, wanted: Collection[str], odd: list[str]) -> Mapping[str, Trained]:
        """What is known of these runs. Those that half of the time is too short for are read next time."""
        self.problem = None
        self._known = {run: self._known[run] for run in wanted if run in self._known}
        new = sorted(run for run in set(wanted) - self._known.keys() if _ID.fullmatch(run))
        try:
            within = experiments(api) if new else []
            for start in range(0, len(new) if within else 0, _IN_ONE):
                if api.half_time:
                    break
                self._ask(api, new[start : start + _IN_ONE], within, odd)
        except (NotAllowed, NotThere, Refused):
            pass  # the account may read models alone, or the server is too old to be asked: the models do without
        except RegistryDown as down:  # a question beside the point must not cost the models
            self.problem = f"Who trained what, and on which data, stays as it was known. {down}"
        return self._known

    def _ask(self, api: MlflowApi, some: list[str], within: list[str], odd: list[str]) -> None:
        quoted = ", ".join(f"'{run}'" for run in some)
        body = {"experiment_ids": within, "filter": f"attributes.run_id IN ({quoted})", "max_results": _IN_ONE}
        for run in Shape(api.post("runs/search", body), odd=odd).at("runs").rows():
            self._known[run.at("info", "run_id").exact()] = _trained(run)
        for gone in some:  # deleted, or not to be seen by this account
            self._known.setdefault(gone, Trained())


def say_trained(draft: Draft, trained: Trained) -> None:
    """Add what a run says to a card."""
    draft.say("trained_by", trained.by, SOURCE)
    draft.say("trained_from", trained.commit, SOURCE)
    draft.say("trained_on", trained.on, SOURCE)


def _trained(run: Shape) -> Trained:
    tagged = tags(run.at("data"))
    data = [one.at("dataset", "name").text() for one in run.at("inputs", "dataset_inputs").rows()]
    return Trained(
        by=tagged.get("mlflow.user", ""),
        commit=tagged.get("mlflow.source.git.commit", ""),
        on=tuple(data),
        prompts=linked(tagged.get(LINKED, "")),
    )


def experiments(api: MlflowApi) -> list[str]:
    """The experiments that the account may see; runs and logged models are asked for within them."""
    found: list[str] = []
    asked: Json = {"max_results": 1000}
    for _ in range(MOST_PAGES):
        answer = Shape(api.post("experiments/search", asked))
        found += [one.at("experiment_id").exact() for one in answer.at("experiments").rows()]
        if not (token := answer.at("next_page_token").exact()):
            return found
        asked["page_token"] = token
    raise api.endless()
