"""The list of channels, and what its pure modules may not drag in."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.channels.errors import ChannelNotKnown
from gateway.channels.registry import adapter, channel_names
from gateway.sandbox.neighbourhood import NEIGHBOURS

ROOT = Path(__file__).parents[3]


def _imported_by(module):
    told = subprocess.run(
        [sys.executable, "-c", f"import {module}, sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(told.stdout.split())


def test_a_channel_is_found_by_name_or_not_at_all():
    assert [adapter(name).name for name in channel_names()] == list(channel_names())
    with pytest.raises(ChannelNotKnown):
        adapter("carrier-pigeon")


def test_adapters_know_neither_the_framework_nor_the_network():
    imported = _imported_by("gateway.channels.registry")
    assert not imported & {"django", "rest_framework", "django_q", "requests", "urllib3"}


def test_the_transport_knows_no_framework():
    assert not _imported_by("gateway.channels.transport") & {"django", "rest_framework"}


@pytest.mark.parametrize("one", NEIGHBOURS, ids=lambda one: one.channel)
def test_no_neighbour_shares_code_with_the_channels(one):
    program = (
        one.program
        if (ROOT / f"{one.program.replace('.', '/')}.py").exists()
        else (f"{one.program}.__main__")
    )
    imported = _imported_by(program)
    assert not {name for name in imported if name.startswith("gateway.channels")}
    assert not imported & {"django", "requests", "accounts"}


def test_every_channel_has_its_neighbour_in_the_sandbox():
    assert sorted(one.channel for one in NEIGHBOURS) == sorted(channel_names())
