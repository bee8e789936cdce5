"""Certification is tried against the sandbox's banks, each in a process of its own."""

from tests.journeys.conftest import catcher, channel, province, running

__all__ = ["catcher", "channel", "province", "running"]
