"""The list of channels, and what its pure modules may not drag in."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.channels.debugging import explained_channels
from gateway.channels.errors import ChannelNotKnown
from gateway.channels.registry import adapter, channel_names
from gateway.console import words
from gateway.sandbox.alipay_wallet import switches as of_alipay
from gateway.sandbox.introductions import INTRODUCTIONS
from gateway.sandbox.neighbourhood import NEIGHBOURS
from gateway.sandbox.partner_banks import switches as of_banks
from gateway.sandbox.unionpay_host import switches as of_unionpay
from gateway.sandbox.wechat_wallet import switches as of_wechat
from gateway.topup import scanning
from tests.support import channels

SWITCHES = {
    "wechatpay": of_wechat.SWITCHES,
    "alipay": of_alipay.SWITCHES,
    "unionpay": of_unionpay.SWITCHES,
}
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


def test_every_list_of_channels_names_the_same():
    """A channel that one of them forgets would be sold, and never tried or never explained."""
    lists = {
        "neighbourhood": [one.channel for one in NEIGHBOURS],
        "introductions": INTRODUCTIONS,
        "debugger": explained_channels(),
        "console": words.CHANNELS,
        "forged notices": channels.FORGED_NOTICES,
        "false answers": channels.FALSE_ANSWERS,
        "silences": channels.SILENCES,
    }
    wanted = sorted(channel_names())
    assert {name: sorted(named) for name, named in lists.items()} == dict.fromkeys(lists, wanted)
    some = {*channels.TELL_OF_RETURNS, *channels.REFUNDS_AT_ONCE, *scanning.WALLETS.values()}
    assert some <= set(wanted)


@pytest.mark.parametrize("channel", channel_names())
def test_journeys_throw_only_switches_that_the_neighbour_has(channel):
    thrown = {
        *channels.FORGED_NOTICES[channel],
        *channels.FALSE_ANSWERS[channel],
        *channels.SILENCES[channel],
    }
    assert thrown <= set(SWITCHES.get(channel, of_banks.SWITCHES))
    assert len(channels.FORGED_NOTICES[channel]) >= 7
    assert len(channels.FALSE_ANSWERS[channel]) >= 8
