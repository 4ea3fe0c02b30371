"""Asking whether models are ready for production: one model, one team's, or all teams' and how they move."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from bot.incidents.catalogue import AROUND, show
from bot.incidents.desk import Answer, Click, Command, Desk, Feature
from bot.incidents.scores import overall, standings, worst_first
from bot.incidents.wording import words
from bot.requests import Ready
from bot.views import readiness as views
from bot.views.ids import Catalogue
from playbooks.adding import FILE, Source
from playbooks.card import ModelCard
from playbooks.fields import field_title
from playbooks.lifecycle import RuleBroken
from playbooks.readiness import ready
from playbooks.scores import by_team, folded
from storage import catalogue, listing, people, reports

_WORST = 3
_NAMED = ("owner", "owner.backup", "team.lead")
_THEIRS = ("owner", "owner.backup")


def is_ready(desk: Desk, request: Ready, _command: Command) -> Answer:
    """What a model lacks for production, each with the line that adds it; or how teams do."""
    asked = words(desk, request.model or "", 200).strip(AROUND)
    if request.team and catalogue.card(desk.tx, asked) is None:
        return of_team(desk, words(desk, request.team, 200).strip(AROUND))
    return of_model(desk, asked) if asked else of_teams(desk)


def of_model(desk: Desk, name: str, *, most: int = views.MOST_LINES) -> Answer:
    """One model, or those that may have been meant; how to add at most so much of what is missing."""
    card = catalogue.card(desk.tx, name)
    if card is None:
        return show(desk, name)
    found = ready(card, desk.library, source_of(desk, card.name))
    text, blocks = views.readiness(card, found, nobody=_unreachable(desk, card), most=most)
    return Answer(text=text, blocks=blocks)


def _unreachable(desk: Desk, card: ModelCard) -> list[str]:
    """Whom the card names and Slack is known not to reach."""
    named = [(key, one) for key in (*_NAMED, *(f"poc.{team}" for team in card.pocs())) for one in card.contacts(key)]
    found = people.who_are(desk.tx, [one for _, one in named])
    return [
        f"{field_title(key)}: {one.label} {problem}."
        for (key, one), (_, problem) in zip(named, found, strict=True)
        if problem not in {None, people.NOT_ASKED_YET} and not one.is_group and not one.is_schedule
    ]


def of_teams(desk: Desk) -> Answer:
    """All teams, the asker's and then the least documented first, and the models that lack most."""
    teams = by_team(listing.teams(desk.tx))
    mine, led = _theirs(desk)
    theirs = listing.lacking(desk.tx, names=mine, limit=_WORST)
    ranked = sorted(standings(desk, teams).items(), key=lambda one: (one[0] not in led, worst_first(one[1])))
    worst = theirs or listing.lacking(desk.tx, limit=_WORST)
    text, blocks = views.teams(
        [one for _, one in ranked],
        overall(desk, teams),
        mine={one.name for key, one in ranked if key in led},
        worst=_shown(worst),
        worst_are_mine=bool(theirs),
    )
    return Answer(text=text, blocks=blocks)


def of_team(desk: Desk, name: str) -> Answer:
    """One team, and which of its models lack most. Raises RuleBroken for one that no model names."""
    spelt = listing.teams(desk.tx)
    teams = by_team(spelt)
    key = folded(name)
    if key not in teams:
        known = {team: shown for team, (shown, _) in teams.items() if team}
        close = [known[team] for team in get_close_matches(key, known, n=3, cutoff=0.5)]
        meant = f" Did you mean {' or '.join(close)}?" if close else ""
        raise RuleBroken(f"No model names the team “{name[:80]}”.{meant} `/ml-incident ready` lists all teams.")
    standing = standings(desk, {key: teams[key]})[key]
    theirs = listing.lacking(desk.tx, teams=[team for team, _ in spelt if folded(team) == key])
    text, blocks = views.team(standing, overall(desk, teams), _shown(theirs))
    return Answer(text=text, blocks=blocks)


def _shown(models: Iterable[listing.Documented]) -> list[views.Lacking]:
    return [
        views.Lacking(
            name=one.name, title=one.title, tier=one.tier, percent=one.score.percent or 0, lacked=one.score.lacked
        )
        for one in models
    ]


def source_of(desk: Desk, model: str) -> Source:
    """Where people add what is missing: the first registry that lists the model, else the file, else the first one."""
    there = reports.registries_of(desk.tx, model)
    lists_it = [one for one in desk.sources if one.registry in there]
    in_files = [one for one in desk.sources if one.registry == FILE]
    return next(iter([*lists_it, *in_files, *desk.sources]), Source())


def _theirs(desk: Desk) -> tuple[set[str], frozenset[str]]:
    """The models that the asker owns or stands in for, and the teams of those and of whatever they lead."""
    contacts = set(people.contacts_of(desk.tx, desk.by)) if desk.by else set()
    cards = catalogue.cards(desk.tx, listing.of_people(desk.tx, contacts))

    def naming_them(*keys: str) -> list[ModelCard]:
        return [
            card for card in cards if any(people.key(one) in contacts for key in keys for one in card.contacts(key))
        ]

    mine = naming_them(*_THEIRS)
    teams = (card.text("team") for card in (*mine, *naming_them("team.lead")))
    return {card.name for card in mine}, frozenset(folded(team) for team in teams if team)


def _clicked(desk: Desk, click: Click) -> Answer:
    return of_model(desk, click.value)


FEATURE = Feature(commands={Ready: is_ready}, clicks={Catalogue.READY: _clicked})
