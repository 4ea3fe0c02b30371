"""Delivery: claim an effect, do it with no transaction open, write down how it went."""

from bot.delivery.alone import AlreadyServing
from bot.delivery.counts import Counts
from bot.delivery.worker import Delivery

__all__ = ["AlreadyServing", "Counts", "Delivery"]
