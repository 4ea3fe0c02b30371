"""HTTP services that checks and actions of playbooks may reach: those that the operator named, and no others."""

from bot.connections.book import Connections, load
from bot.connections.file import ConnectionsBroken
from bot.connections.outcomes import Acted, Answer, Preview, Reading, Unusable

__all__ = ["Acted", "Answer", "Connections", "ConnectionsBroken", "Preview", "Reading", "Unusable", "load"]
