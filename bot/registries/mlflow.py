"""The registry that is an MLflow server: tags are facts, aliases say what serves and what to go back to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.registries.calls import READING_SECONDS, Json, NotThere
from bot.registries.drafts import Draft, known_key, reading
from bot.registries.mlflow_api import MlflowApi, aliases, tags
from bot.registries.mlflow_prompts import Prompts, logged_model
from bot.registries.mlflow_runs import Runs, Trained, say_trained
from bot.registries.prompt_links import TAG, together, written
from bot.registries.protocol import Health, Reading, RegistryDown
from bot.registries.shapes import Shape, oddities, one_line
from playbooks.card import Fact

SERVING_ALIAS: Final = "champion"
ROLLBACK_ALIAS: Final = "rollback"
_OF_A_VERSION: Final = ("deployed_at", "change", "features")


@dataclass(kw_only=True)
class _Listed:
    """A model of the list, as far as it matters here."""

    draft: Draft
    pointers: dict[str, str]
    """Alias → version."""
    rollback: str
    """What its tag says of it."""
    prompts: str
    """The same of the prompts that it loads."""
    serves: tuple[str, str] | None
    """(model, version) behind the serving alias."""
    version: Shape | None
    """That version with its tags."""


@dataclass(frozen=True, slots=True)
class _Served:
    """A card that is nearly written, and where the rest of it is known."""

    draft: Draft
    run: str
    logged: str
    """The logged model that the serving version was made of."""
    prompts: str


class MlflowRegistry:
    """Reads everything anew each time: moving an alias or setting a tag leaves `last_updated_timestamp` as it was."""

    name = "mlflow"

    def __init__(
        self,
        uri: str,
        *,
        token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        prefix: str = "",
        within_s: float = READING_SECONDS,
    ) -> None:
        self._uri = uri
        self._token, self._username, self._password = token, username, password
        self._prefix, self._within_s = prefix, within_s
        self._runs = Runs()
        self._prompts = Prompts(uri, prefix)

    def read(self, now: datetime) -> Reading:
        """All registered models but prompts. Raises RegistryDown."""
        odd: list[str] = []
        with self._open() as api:
            served: list[_Served] = []
            waiting: dict[tuple[str, str], _Listed] = {}
            for model in api.models(odd):  # a page at a time: the list is many times longer than what is kept of it
                if (listed := self._listed(model, now)) is None:
                    continue
                if listed.serves is None or listed.version is not None:
                    served.append(self._finish(listed))
                else:
                    waiting[listed.serves] = listed
            elsewhere = api.versions(waiting, odd)
            for serves, listed in waiting.items():
                listed.version = elsewhere.get(serves)
                served.append(self._finish(listed))
            self._say_the_rest(api, served, odd)
            drafts = [one.draft for one in served]
            problems = [
                oddities(api.place, odd),
                self._runs.problem,
                self._prompts.problem,
                None if drafts else _empty(api),
            ]
            return reading(api.place, drafts, problems)

    def _say_the_rest(self, api: MlflowApi, served: Sequence[_Served], odd: list[str]) -> None:
        """What stands with the training runs and with the prompts."""
        runs = self._runs.read(api, {one.run for one in served if one.run}, odd)
        for one in served:
            if one.run:
                say_trained(one.draft, runs.get(one.run, Trained()))
        models = self._prompts.of_models(api, {one.logged for one in served if one.logged}, odd)
        links = [
            together(written(one.prompts), models.get(one.logged, ()), runs.get(one.run, Trained()).prompts)
            for one in served
        ]
        self._prompts.say(api, [(one.draft, some) for one, some in zip(served, links, strict=True) if some], odd)

    def health(self) -> Health:
        """Whether one page of models can be read with these credentials."""
        try:
            with self._open() as api:
                if next(api.models([], page=1), None) is None:
                    return Health(ok=False, sentence=_empty(api))
        except RegistryDown as down:
            return Health(ok=False, sentence=str(down))
        return Health(ok=True, sentence=f"{api.place} answers.")

    def _open(self) -> MlflowApi:
        return MlflowApi(
            self._uri, token=self._token, username=self._username, password=self._password, within_s=self._within_s
        )

    def _listed(self, model: Shape, now: datetime) -> _Listed | None:
        name, pointers = model.at("name").exact(), aliases(model)
        if not one_line(name):
            model.at("name").missed()
            return None
        draft, tagged = Draft(name, now), tags(model)
        say_tags(draft, tagged, self._prefix, source="mlflow")
        draft.say("purpose", model.at("description").text(), "mlflow description")
        serving = pointers.get(SERVING_ALIAS)
        # What serves is most often the newest version, and the list has those with their tags.
        newest = model.at("latest_versions").rows() if serving else []
        return _Listed(
            draft=draft,
            pointers=pointers,
            rollback=tagged.get(f"{self._prefix}rollback", ""),
            prompts=tagged.get(f"{self._prefix}{TAG}", ""),
            serves=(name, serving) if serving else None,
            version=next((one for one in newest if one.at("version").text() == serving), None),
        )

    def _finish(self, listed: _Listed) -> _Served:
        draft, pointers, version = listed.draft, listed.pointers, listed.version
        run = logged = ""
        prompts = listed.prompts
        if version is not None:
            say_version(draft, version, self._prefix)
            run, logged = version.at("run_id").exact(), logged_model(version)
            prompts = tags(version).get(f"{self._prefix}{TAG}", "") or prompts
        else:  # it went since the models were listed, and its alias with it
            pointers.pop(SERVING_ALIAS, None)
        say_pointers(draft, pointers, listed.rollback, source="mlflow")
        return _Served(draft, run, logged, prompts)


def _empty(api: MlflowApi) -> str:
    # Whoever may read nothing is not refused: they are shown an empty list.
    return (
        f"{api.place} shows no models to the bot's account. If there are some, give that account the right to READ "
        "registered models; until then what was last known stays."
    )


def say_tags(draft: Draft, tagged: dict[str, str], prefix: str, *, source: str) -> None:
    """The tags that are fields of a model card; which version to go back to is said with the aliases."""
    for tag, value in tagged.items():
        key = known_key(tag, prefix)
        if key is not None and key != "rollback":
            draft.say(sys.intern(key), value, f"{source} tag")  # the same few keys, thousands of times


def say_serving(
    draft: Draft, version_behind: Callable[[str, str], Json], pointers: dict[str, str], prefix: str, odd: list[str]
) -> None:
    """The same as `say_version`, where the version behind an alias has to be asked for one model at a time."""
    try:
        version = Shape(version_behind(draft.name, SERVING_ALIAS), "model_version", odd)
    except NotThere:  # the alias or the model went since the models were listed
        del pointers[SERVING_ALIAS]
        return
    pointers[SERVING_ALIAS] = version.at("version").text()
    say_version(draft, version, prefix)


def say_version(draft: Draft, version: Shape, prefix: str) -> None:
    """What the tags of the serving version say: when it went live, by which change, in which experiment."""
    source = f"mlflow tag of version {version.at('version').text()}"
    tagged = {key.removeprefix(prefix): value for key, value in tags(version).items() if key.startswith(prefix)}
    for key in _OF_A_VERSION:
        if said := tagged.get(key, ""):
            draft.facts.pop(key, None)  # it is closer to what serves than a tag of the model
            draft.say(key, said, source)
    if experiment := one_line(tagged.get("experiment", "")):
        label, _, arm = experiment.partition(":")
        row = {
            "name": label.strip(),
            "arm": arm.strip(),
            "cleanup_by": one_line(tagged.get("cleanup_by", "")),
            "what": one_line(tagged.get("cleanup", "")),
        }
        draft.facts["experiments"] = Fact([{key: value for key, value in row.items() if value}], source, draft.now)


def say_pointers(draft: Draft, pointers: dict[str, str], tagged: str, *, source: str) -> None:
    """What serves and what to go back to; a tag may name another alias as `alias:<name>`, or say it in words."""
    if SERVING_ALIAS in pointers:
        draft.facts.pop("serving", None)  # a tag of that name is older than the alias
    draft.say("serving", pointers.get(SERVING_ALIAS, ""), f"{source} alias {SERVING_ALIAS}")
    alias = tagged.removeprefix("alias:").strip() if tagged.startswith("alias:") else ROLLBACK_ALIAS
    draft.say("rollback", pointers.get(alias, ""), f"{source} alias {alias}")
    if not tagged.startswith("alias:"):
        draft.say("rollback", tagged, f"{source} tag")
    if pointers:
        rows = [{"alias": alias, "version": pointers[alias]} for alias in sorted(pointers)]
        draft.facts["aliases"] = Fact(rows, source, draft.now)
