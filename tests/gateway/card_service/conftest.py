"""The stage of card services: a province with a wallet, citizens known by name, officers."""

from tests.journeys.conftest import catcher, channel, province, running

__all__ = ["catcher", "channel", "province", "running"]
