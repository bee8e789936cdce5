"""docs/partner-banks.md is true: its tables are the profiles, its examples are verified here."""

import json
from pathlib import Path

import pytest

from gateway.channels.banks.page import tables
from gateway.channels.banks.profiles import PROFILES
from gateway.channels.banks.proving import Received
from gateway.channels.port import PaymentState
from gateway.channels.registry import adapter
from tests.gateway.channels.banks.peer import (
    MERCHANT_NO,
    NOTICE_URL,
    GbkPeer,
    GuomiPeer,
    Rfc9421Peer,
)
from tests.gateway.channels.peer import NOW, ORDER_NO

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/partner-banks.md").read_text(encoding="utf-8")
SAMPLES = ROOT / "tests/samples/partner_banks"
PEERS = {peer.name: peer for peer in (GuomiPeer(), GbkPeer(), Rfc9421Peer())}
EACH = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)


@EACH
def test_the_tables_of_the_page_are_the_profile(profile):
    assert tables(profile) in PAGE


@EACH
def test_the_receipts_of_the_page_are_what_we_answer(profile):
    encoding = "gbk" if profile.name == "bank_gbk" else "utf-8"
    for accepted in (True, False):
        status, _, body = adapter(profile.name).notice_receipt(accepted)
        assert f"{status} `{body.decode(encoding)}`" in PAGE


@EACH
def test_the_example_of_the_page_is_genuine_and_signed_over_the_printed_text(profile):
    place = SAMPLES / profile.name
    headers = json.loads((place / "notice.headers.json").read_text())
    body = (place / "notice.body").read_bytes()
    canonical = (place / "canonical").read_bytes()
    key_id = (place / "key-id").read_text().strip()
    from dataclasses import replace

    merchant = replace(
        PEERS[profile.name].merchant(),
        platform_keys={key_id: (place / "public.pem").read_bytes()},
    )
    notice = adapter(profile.name).read_notice(merchant, headers, body, now=NOW)
    assert (notice.fact.state, notice.fact.order_no) == (PaymentState.PAID, ORDER_NO)
    assert (notice.fact.amount_fen, notice.fact.merchant_no) == (5000, MERCHANT_NO)
    received = Received(headers=headers, body=body, url=NOTICE_URL)
    assert profile.seal.canonical(received) == canonical
    encoding = "gbk" if profile.name == "bank_gbk" else "utf-8"
    assert f"```\n{canonical.decode(encoding)}\n```" in PAGE
    assert f"`{key_id}`" in PAGE


def test_every_pause_of_the_page_is_the_sandbox_banks_own_schedule():
    for profile in PROFILES:
        told = [int(pause.total_seconds()) for pause in profile.retries]
        assert told == list(PEERS[profile.name].speech.schedule)
