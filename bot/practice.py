"""What the operator's files say of how to work: policy, playbooks, templates, connections, people and rotas."""

from __future__ import annotations

import logging

from bot.connections import Connections
from bot.connections import load as load_connections
from bot.errors import WrongUsage
from bot.oncall.keeping import Keeping
from bot.settings import Settings
from bot.views.review_template import TemplateBroken, find_template
from playbooks.faults import FileBroken
from playbooks.load import Library, load_library
from playbooks.policy import Policy, PolicyBroken, load_policy

log = logging.getLogger(__name__)


def read_practice(settings: Settings) -> tuple[Policy, Library]:
    """The organisation's policy and playbooks. Raises WrongUsage with every fault of both."""
    faults: list[str] = []
    policy: Policy | None = None
    try:
        policy = load_policy(settings.policy)
    except PolicyBroken as broken:
        faults.append(str(broken))
    library = load_library(settings.playbooks)
    faults += [str(fault) for fault in library.faults]
    if policy is None or faults:
        raise WrongUsage("\n".join(faults))
    for note in library.notes:
        log.info("%s", note)
    return policy, library


def read_template(settings: Settings) -> str | None:
    """The organisation's own template for reviews. Raises WrongUsage naming file and line of what is wrong with it."""
    try:
        return find_template(settings.policy)
    except TemplateBroken as broken:
        raise WrongUsage(str(broken)) from None


def read_connections(settings: Settings) -> Connections:
    """The services that playbooks may reach. Raises WrongUsage with every fault of their file."""
    try:
        return load_connections(settings.connections, settings)
    except FileBroken as broken:
        raise WrongUsage(str(broken)) from None


def read_people_and_rotas(keeping: Keeping) -> None:
    """Whom names mean, and who is on call when. Raises WrongUsage with every fault of their files."""
    try:
        keeping.read_files()
    except FileBroken as broken:
        raise WrongUsage(str(broken)) from None
