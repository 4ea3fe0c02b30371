"""What reads what: models, what they read and are made of, and the systems that call them, as one graph."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from playbooks.card import ModelCard
from playbooks.lineage_names import alike, bare, components_in, features_in, grams, parse, spell

Key = tuple[str, str]
"""(kind, name folded): one for each node, however it is written."""

_UNKNOWN_TIER: Final = 9
_MOST_COMPARED: Final = 200
_ALIKE: Final = 0.35


@dataclass(frozen=True)
class Node:
    """One thing in the graph."""

    kind: str
    """model, system, or what its prefix says: table, topic, feature, prompt …; source where no prefix says it."""
    name: str
    """As a card writes it, without the prefix."""
    title: str = ""
    tier: int | None = None
    known: bool = False
    """Whether it is a model with a card."""

    @property
    def said(self) -> str:
        """What people call it: a model's plain name, `table:dw.items`, a system's name."""
        return self.title or self.spelled

    @property
    def spelled(self) -> str:
        """What finds it again: a model's or a system's name, else with its prefix."""
        return self.name if self.kind in {"model", "system", "source"} else f"{self.kind}:{self.name}"


@dataclass(frozen=True)
class Reached:
    """Something downstream: through what it is reached, after how many steps, and how important that is."""

    node: Node
    via: tuple[Node, ...]
    steps: int
    tier: int | None
    """Its own, or for what has none the most important tier of what it is reached through."""


@dataclass(frozen=True)
class Sibling:
    """A model that reads the same things."""

    node: Node
    shares: tuple[Node, ...]


@dataclass(frozen=True)
class Running:
    """An experiment on a model."""

    model: Node
    name: str
    arm: str = ""


@dataclass(frozen=True)
class Affected:
    """Who is affected when something is bad, the most important first."""

    of: Node
    reads: tuple[Node, ...]
    """What it reads itself."""
    downstream: tuple[Reached, ...]
    siblings: tuple[Sibling, ...]
    experiments: tuple[Running, ...]

    @property
    def models(self) -> tuple[Node, ...]:
        """The models with a card among all these, other than the one that is asked of."""
        found = [one.node for one in self.downstream] + [one.node for one in self.siblings]
        return tuple(node for node in sorted(dict.fromkeys(found), key=_importance) if node.known)


class Lineage:
    """The graph of a whole catalogue. Built once for each state of it; asked in milliseconds."""

    def __init__(self, cards: Iterable[ModelCard]) -> None:
        self._nodes: dict[Key, Node] = {}
        self._models: dict[str, Key] = {}
        self._by_bare: dict[str, list[Key]] = defaultdict(list)
        self._onward: dict[Key, dict[Key, None]] = defaultdict(dict)
        self._back: dict[Key, dict[Key, None]] = defaultdict(dict)
        self._versions: dict[tuple[Key, Key], str] = {}
        """(component, model) → the version that the model is made of."""
        self._experiments: dict[Key, tuple[Running, ...]] = {}
        self._grams: dict[str, set[Key]] | None = None
        ordered = sorted(cards, key=lambda card: card.name)
        self._add_models(ordered)
        self._add_edges(ordered)

    def _add_models(self, cards: Sequence[ModelCard]) -> None:
        for card in cards:
            self._nodes["model", card.name] = Node("model", card.name, card.title, card.tier, known=True)
        # Names win over plain names, and what could be two models is neither.
        for said in ([card.name for card in cards], [card.title for card in cards]):
            spellings = [spell("model", one) for one in said]
            times = Counter(spellings)
            for card, spelling in zip(cards, spellings, strict=True):
                if times[spelling] == 1:
                    self._models.setdefault(spelling, ("model", card.name))

    def _add_edges(self, cards: Sequence[ModelCard]) -> None:
        written = [(card, *_written(card)) for card in cards]
        prefixed: dict[str, dict[str, None]] = defaultdict(dict)
        texts = dict.fromkeys(text for _, reads, feeds in written for text in (*reads, *feeds))
        for text in texts:
            kind, name = parse(text)
            if kind and kind != "model":
                prefixed[bare(name)][kind] = None
        called = {bare(text) for text in dict.fromkeys(text for _, _, feeds in written for text in feeds)}
        kinds = {name: tuple(found) for name, found in prefixed.items()}
        # A thing is spelled as the first card that writes its prefix spells it.
        keys = {text: self._node(text, kinds, called) for text in sorted(texts, key=lambda text: not parse(text)[0])}
        for card, reads, feeds in written:
            model = ("model", card.name)
            for text in reads:
                self._lead(keys[text], model)
            for text in feeds:
                self._lead(model, keys[text])
            for text, version in components_in(card.records("components")).items():
                if version and (part := keys[text]) is not None:
                    self._versions[part, model] = version
            self._experiments[model] = tuple(_experiments(card, self._nodes[model]))

    def _lead(self, source: Key | None, target: Key | None) -> None:
        if source is not None and target is not None and source != target:
            self._onward[source][target] = None
            self._back[target][source] = None

    def _node(self, text: str, kinds: Mapping[str, tuple[str, ...]], called: set[str]) -> Key | None:
        """The node that a card means, made where it is named for the first time."""
        kind, name = parse(text)
        if not name:
            return None
        if (model := self._model(text)) is not None:
            return model
        if not kind:
            prefixed = kinds.get(bare(name), ())
            plain = "system" if bare(name) in called else "source"
            kind = prefixed[0] if len(prefixed) == 1 else plain
        key = (kind, spell(kind, name))
        if key not in self._nodes:
            self._nodes[key] = Node(kind, " ".join(name.split()))
            self._by_bare[bare(name)].append(key)
        return key

    def __len__(self) -> int:
        return len(self._nodes)

    @property
    def models(self) -> int:
        """How many models have a card."""
        return len(self._experiments)

    def find(self, text: str) -> Node | None:
        """The model, upstream or system that somebody means; None where it is unknown or could be several."""
        key = self._key(text)
        return None if key is None else self._nodes[key]

    def _model(self, text: str) -> Key | None:
        if ("model", text) in self._nodes:
            return ("model", text)
        kind, name = parse(text)
        if kind not in {"", "model"}:
            return None
        return ("model", name) if ("model", name) in self._nodes else self._models.get(spell("model", name))

    def _key(self, text: str) -> Key | None:
        if (model := self._model(text)) is not None:
            return model
        kind, name = parse(text)
        if kind and (kind, spell(kind, name)) in self._nodes:
            return (kind, spell(kind, name))
        # A name may hold a colon itself, so what looks like a prefix may be none.
        found = self._by_bare.get(bare(text), []) or ([] if kind else self._by_bare.get(bare(name), []))
        return found[0] if len(found) == 1 else None

    def closest(self, text: str, *, limit: int = 3) -> list[Node]:
        """What somebody who wrote this most likely meant, best first; nothing where little is alike."""
        if self._grams is None:
            self._grams = defaultdict(set)
            for key, node in self._nodes.items():
                for gram in grams(node.name) | grams(node.spelled) | grams(node.title):
                    self._grams[gram].add(key)
        wanted = grams(text)
        shared = Counter(key for gram in wanted for key in self._grams.get(gram, ()))
        scored = []
        for key, _ in shared.most_common(_MOST_COMPARED):
            node = self._nodes[key]
            score = max(alike(wanted, grams(name)) for name in (node.name, node.spelled, node.title) if name)
            if score >= _ALIKE:
                scored.append((-score, node.spelled, node))
        return [node for _, _, node in sorted(scored, key=lambda one: one[:2])[:limit]]

    def leads_to(self, node: Node) -> tuple[Node, ...]:
        """What reads it directly."""
        return tuple(self._nodes[key] for key in self._onward.get(self._key_of(node), ()))

    def reads(self, node: Node) -> tuple[Node, ...]:
        """What it reads directly, or for an upstream who writes it."""
        return tuple(self._nodes[key] for key in self._back.get(self._key_of(node), ()))

    def _key_of(self, node: Node) -> Key:
        return ("model", node.name) if node.known else (node.kind, spell(node.kind, node.name))

    def affected(self, node: Node) -> Affected:
        """Everybody downstream of it, and for a model those that read the same upstreams or features."""
        start = self._key_of(node)
        downstream = self._downstream(start)
        siblings = self._siblings(start) if node.kind == "model" else ()
        models = [start, *(self._key_of(one.node) for one in downstream)]
        running = [one for model in models for one in self._experiments.get(model, ())]
        return Affected(node, self.reads(node), downstream, siblings, tuple(running))

    def _downstream(self, start: Key) -> tuple[Reached, ...]:
        tiers: dict[Key, int] = {start: _tier(self._nodes[start])}
        reached: dict[Key, Reached] = {}
        level, steps = [start], 0
        while level:
            steps += 1
            via: dict[Key, list[Key]] = {}
            for key in level:
                for target in self._onward.get(key, ()):
                    if target not in tiers:
                        via.setdefault(target, []).append(key)
            for target, sources in via.items():
                node = self._nodes[target]
                tier = _tier(node) if node.kind == "model" else min(tiers[source] for source in sources)
                tiers[target] = tier
                through = tuple(self._nodes[source] for source in sources)
                reached[target] = Reached(node, through, steps, None if tier == _UNKNOWN_TIER else tier)
            level = list(via)
        return tuple(sorted(reached.values(), key=_urgency))

    def _siblings(self, start: Key) -> tuple[Sibling, ...]:
        shared: dict[Key, list[Node]] = {}
        for upstream in self._back.get(start, ()):
            for reader in self._onward[upstream]:
                if reader != start and reader[0] == "model" and self._same(upstream, start, reader):
                    shared.setdefault(reader, []).append(self._nodes[upstream])
        found = [Sibling(self._nodes[key], tuple(nodes)) for key, nodes in shared.items()]
        return tuple(sorted(found, key=lambda one: _importance(one.node)))

    def _same(self, part: Key, one: Key, other: Key) -> bool:
        """Whether two models read it in the same state: another version of a prompt is not the one that went bad."""
        here, there = self._versions.get((part, one)), self._versions.get((part, other))
        return here is None or there is None or here == there


def _written(card: ModelCard) -> tuple[list[str], list[str]]:
    """(what the model reads, what reads the model), as its card writes them."""
    fact = card.fact("features")
    features = features_in(fact.value) if fact else []
    return [*card.items("upstreams"), *features, *components_in(card.records("components"))], list(
        card.items("consumers")
    )


def _experiments(card: ModelCard, model: Node) -> Iterable[Running]:
    rows: Sequence[Mapping[str, str]] = card.records("experiments")
    if not rows:
        return [Running(model, name) for name in card.items("experiments")]
    return [Running(model, str(row.get("name", "")), str(row.get("arm", ""))) for row in rows if row.get("name")]


def _tier(node: Node) -> int:
    return _UNKNOWN_TIER if node.tier is None else node.tier


def _importance(node: Node) -> tuple[int, str]:
    return _tier(node), node.name.casefold()


def _urgency(one: Reached) -> tuple[int, int, bool, str]:
    tier = _UNKNOWN_TIER if one.tier is None else one.tier
    return tier, one.steps, one.node.kind != "model", one.node.name.casefold()
