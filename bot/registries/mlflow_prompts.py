"""The prompts that models are linked with in MLflow: parts of a model with versions of their own, and never models.

MLflow writes a link into a tag of the run and of the logged model, when a model is logged with prompts or loads one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from bot.registries.calls import MOST_PAGES, Json, NotAllowed, NotThere, Refused
from bot.registries.drafts import MOST, Draft, link
from bot.registries.mlflow_api import MlflowApi, aliases, paged, tags
from bot.registries.mlflow_runs import experiments
from bot.registries.prompt_links import LINKED, Link, linked
from bot.registries.protocol import RegistryDown
from bot.registries.shapes import Shape, one_line
from bot.registries.values import ONE, Wrong
from playbooks.card import Fact

SOURCE: Final = "mlflow prompts"
_ROLLBACK_ALIAS: Final = "rollback"
_IS_PROMPT: Final = "tags.`mlflow.prompt.is_prompt` = 'true'"
_IN_ONE: Final = 100
_AGAIN: Final = 100
"""Versions that were read before and are read again in one reading: their tags seldom change."""
_LOGGED: Final = re.compile(r"models:/(m-[0-9A-Za-z]{1,64})")


@dataclass(frozen=True)
class _Prompt:
    """A prompt as it is listed."""

    pointers: Mapping[str, str] = field(default_factory=dict)
    newest: str = ""
    rollback: str = ""
    """What a tag of it says, in words."""


@dataclass(frozen=True)
class _Version:
    """One version of a prompt, and the one below it."""

    changed_at: str = ""
    change: str = ""
    before: str = ""


def logged_model(version: Shape) -> str:
    """The id of the logged model of MLflow 3 that a version was registered from; empty where there is none."""
    found = _LOGGED.fullmatch(version.at("source").exact()) or _LOGGED.fullmatch(
        f"models:/{version.at('model_id').exact()}"
    )
    return found[1] if found else ""


class Prompts:
    """What is asked costs those models alone that link a prompt, and what was read stays where the time is short."""

    def __init__(self, uri: str, prefix: str) -> None:
        self._page = uri.strip().rstrip("/")
        self._prefix = prefix
        self._by_model: dict[str, tuple[Link, ...]] = {}
        self._versions: dict[tuple[str, str], _Version] = {}
        self.problem: str | None = None

    def of_models(self, api: MlflowApi, wanted: Collection[str], odd: list[str]) -> Mapping[str, tuple[Link, ...]]:
        """Logged model → what it is linked with. A link may come long after the training, so all are asked anew."""
        self.problem = None
        if not wanted:
            return {}
        try:
            found, is_whole = self._linked_models(api, odd)
        except (NotAllowed, NotThere, Refused):  # the account may read models alone, or the server is too old
            return self._by_model
        except RegistryDown as down:  # a question beside the point must not cost the models
            self.problem = f"Prompts that models loaded after their training stay as they were known. {down}"
            return self._by_model
        kept = {} if is_whole else self._by_model
        self._by_model = {model: links for model, links in {**kept, **found}.items() if model in wanted}
        return self._by_model

    def _linked_models(self, api: MlflowApi, odd: list[str]) -> tuple[dict[str, tuple[Link, ...]], bool]:
        found: dict[str, tuple[Link, ...]] = {}
        within = experiments(api)
        asked: Json = {"experiment_ids": within, "filter": f"tags.`{LINKED}` LIKE '[%'", "max_results": _IN_ONE}
        for _ in range(MOST_PAGES if within else 0):
            if api.half_time:
                return found, False
            answer = Shape(api.post("logged-models/search", asked), odd=odd)
            for model in answer.at("models").rows():
                info = model.at("info")
                found[info.at("model_id").exact()] = linked(tags(info).get(LINKED, ""))
            if not (token := answer.at("next_page_token").exact()):
                break
            asked["page_token"] = token
        return found, True

    def say(self, api: MlflowApi, models: Sequence[tuple[Draft, tuple[Link, ...]]], odd: list[str]) -> None:
        """Add a component for each prompt to the cards of the models that are linked with it."""
        if not models:
            return
        names = {one.name for _, links in models for one in links}
        try:
            prompts = self._prompts(api, names, odd)
            wanted = {(one.name, _number(one, prompts)) for _, links in models for one in links}
            self._read_versions(api, {pair for pair in wanted if pair[1].isdecimal()}, odd)
        except (NotAllowed, NotThere, Refused):  # what the links themselves say is known all the same
            prompts = {}
        for draft, links in models:
            rows = [self._row(one, prompts.get(one.name)) for one in sorted(links, key=lambda one: one.name)[:MOST]]
            draft.facts["components"] = Fact(rows, SOURCE, draft.now)

    def _prompts(self, api: MlflowApi, wanted: Collection[str], odd: list[str]) -> dict[str, _Prompt]:
        found: dict[str, _Prompt] = {}
        asked: Json = {"filter": _IS_PROMPT, "max_results": 2 * _IN_ONE, "order_by": "name ASC"}
        for _ in range(MOST_PAGES):
            answer = Shape(api.get("registered-models/search", asked), odd=odd)
            for prompt in paged(answer, api):
                if (name := prompt.at("name").exact()) in wanted:
                    numbers = [row.at("version").text() for row in prompt.at("latest_versions").rows()]
                    newest = max((number for number in numbers if number.isdecimal()), key=int, default="")
                    rollback = one_line(tags(prompt).get(f"{self._prefix}rollback", ""))
                    found[name] = _Prompt(aliases(prompt), newest, rollback)
            token = answer.at("next_page_token").exact()
            if not token or len(found) == len(wanted):
                return found
            asked["page_token"] = token
        raise api.endless()

    def _read_versions(self, api: MlflowApi, wanted: set[tuple[str, str]], odd: list[str]) -> None:
        """Those that are new, and some of those that were read before, the ones read longest ago first."""
        known = [pair for pair in self._versions if pair in wanted]
        for pair in [*sorted(wanted - set(known)), *known[:_AGAIN]]:
            if api.half_time:
                break
            self._versions.pop(pair, None)
            self._versions[pair] = self._version(api, *pair, odd)
        self._versions = {pair: self._versions[pair] for pair in self._versions if pair in wanted}

    def _version(self, api: MlflowApi, name: str, number: str, odd: list[str]) -> _Version:
        # A list shows versions of prompts to those alone who ask for prompts.
        condition = f"name = '{name}' AND version_number <= {number} AND {_IS_PROMPT}"
        asked = {"filter": condition, "max_results": 2, "order_by": "version_number DESC"}
        rows = Shape(api.get("model-versions/search", asked), odd=odd).at("model_versions").rows()
        by_number = {row.at("version").text(): row for row in rows}
        here = by_number.pop(number, None)
        said = {key: tags(here).get(f"{self._prefix}{key}", "") for key in ("deployed_at", "change")} if here else {}
        none = "none" if here and number == "1" else ""
        before = next((one for one in by_number if one.isdecimal()), none)
        return _Version(_moment(said.get("deployed_at", "")), link(said.get("change", "")), before)

    def _row(self, one: Link, prompt: _Prompt | None) -> dict[str, str]:
        """What is known of a prompt; its place in MLflow, unless a tag of the version names the change."""
        number = _number(one, {one.name: prompt} if prompt else {})
        version = self._versions.get((one.name, number), _Version())
        pointers = prompt.pointers if prompt else {}
        previous = pointers.get(_ROLLBACK_ALIAS, "")
        previous = previous if previous and previous != number else version.before
        row = {
            "kind": "prompt",
            "name": one.name,
            "version": number,
            "previous": previous,
            "changed_at": version.changed_at,
            "where": version.change or link(f"{self._page}/#/prompts/{quote(one.name, safe='')}"),
            "roll_back": (prompt.rollback if prompt else "") or _way_back(one, number, previous, pointers),
        }
        return {cell: said for cell, said in row.items() if said}


def _number(one: Link, prompts: Mapping[str, _Prompt]) -> str:
    if one.version:
        return one.version
    prompt = prompts.get(one.name, _Prompt())
    return prompt.pointers.get(one.alias, "") if one.alias else prompt.newest


def _way_back(one: Link, number: str, previous: str, pointers: Mapping[str, str]) -> str:
    if not previous.isdecimal():
        return ""
    if one.alias:
        return f"point {one.alias} of the prompt at {previous} in MLflow"
    again = f"load prompts:/{one.name}/{previous}"
    here = _names(alias for alias, at in sorted(pointers.items()) if at == number)
    return f"where it is loaded as {here}, point that at {previous} in MLflow; elsewhere {again}" if here else again


def _names(several: Iterable[str]) -> str:
    return one_line(" or ".join(several))


def _moment(text: str) -> str:
    try:
        return ONE["moment"](text) if text else ""
    except Wrong:
        return ""
