"""The key record decides the algorithm: keys of every wrong kind and labels of every other one."""

import base64
import hashlib
import hmac
import re
from dataclasses import replace

import pytest

from gateway.channels.errors import (
    AnswerForged,
    AnswerUnreadable,
    AnswerUnsigned,
    ChannelKeyUnknown,
    ChannelMisconfigured,
    NoticeForged,
)
from gateway.channels.registry import adapter
from tests.gateway.channels.banks.peer import (
    GbkPeer,
    GuomiPeer,
    Rfc9421Peer,
    our_key,
    our_public_pem,
)
from tests.gateway.channels.banks.wishes import STAMP, wish
from tests.gateway.channels.peer import NOW

PEERS = (GuomiPeer(), GbkPeer(), Rfc9421Peer())
CONFUSED = [
    (peer, name, pem)
    for peer in PEERS
    for name, pem in {
        **peer.wrong_keys(),
        "a private key": our_key(peer.our_kind),
        "a secret for HMAC": b"0123456789abcdef0123456789abcdef",
    }.items()
]
LABELS = [(peer, label) for peer in PEERS for label in ("none", *peer.other_labels)]
OURS = {"bank_guomi": ("rsa", "p256"), "bank_gbk": ("p256", "sm2"), "bank_rfc9421": ("rsa", "sm2")}


def test_there_are_twelve_kinds_of_confusion_at_least():
    assert len(CONFUSED) + len(LABELS) >= 12


@pytest.mark.parametrize(("peer", "name", "pem"), CONFUSED, ids=lambda part: str(part)[:30])
def test_a_key_of_the_wrong_kind_is_our_own_mistake_and_proves_nothing(peer, name, pem):
    held = {peer.old.key_id: pem, peer.new.key_id: pem}
    merchant = replace(peer.merchant(), platform_keys=held)
    with pytest.raises(ChannelMisconfigured):
        adapter(peer.name).read_notice(merchant, *peer.payment_notice(), now=NOW)


@pytest.mark.parametrize(("peer", "label"), LABELS, ids=lambda part: str(part)[:30])
def test_a_message_cannot_choose_its_algorithm(peer, label):
    delivery = peer.other_algorithms()[label]
    with pytest.raises(NoticeForged):
        adapter(peer.name).read_notice(peer.merchant(), *delivery, now=NOW)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_key_id_that_is_none_of_ours_is_unknown_and_one_out_of_form_is_no_signature(peer):
    for key_id, error in (
        ("never-heard-of", ChannelKeyUnknown),
        ("../../etc/passwd", NoticeForged),
    ):
        stranger = replace(peer.new, key_id=key_id)
        with pytest.raises(error):
            adapter(peer.name).read_notice(
                peer.merchant(), *peer.payment_notice(key=stranger), now=NOW
            )


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_our_own_key_must_be_of_the_banks_kind(peer):
    for kind in OURS[peer.name]:
        merchant = replace(peer.merchant(), signing_key_pem=our_key(kind))
        with pytest.raises(ChannelMisconfigured):
            adapter(peer.name).create_payment(merchant, wish(), **STAMP)


def test_the_public_key_as_an_hmac_secret_signs_nothing():
    """The classic confusion: HMAC keyed with the PEM that everybody knows."""
    peer = Rfc9421Peer()
    headers, body = peer.payment_notice()
    for label in ("hmac-sha256", "ed25519"):
        given = re.sub(r'alg="[^"]*"', f'alg="{label}"', headers["Signature-Input"])
        params = given.partition("=")[2]
        base = "\n".join(
            [
                '"@method": POST',
                '"@authority": gateway.example',
                '"@path": /callbacks/bank/1',
                f'"idempotency-key": {headers["Idempotency-Key"]}',
                f'"content-digest": {headers["Content-Digest"]}',
                f'"@signature-params": {params}',
            ]
        ).encode()
        mac = base64.b64encode(hmac.digest(peer.new.public_pem, base, hashlib.sha256)).decode()
        forged = {**headers, "Signature-Input": given, "Signature": f"bank=:{mac}:"}
        with pytest.raises(NoticeForged):
            adapter(peer.name).read_notice(peer.merchant(), forged, body, now=NOW)


def test_a_published_key_of_another_kind_or_in_no_form_is_not_learnt():
    peer = Rfc9421Peer()
    good = _entry(our_public_pem("ed25519"))
    rsa = _entry(our_public_pem("rsa"))
    bank = adapter(peer.name)
    keys = peer.answer({"keys": [good]})
    (learnt,) = bank.read_keys(peer.merchant(), keys, now=NOW)
    assert learnt.pem == our_public_pem("ed25519")
    for entries in ([], [rsa], [good, rsa], [{**good, "spki": "AAAA"}], [{**good, "spki": ""}]):
        with pytest.raises((AnswerForged, AnswerUnreadable)):
            bank.read_keys(peer.merchant(), peer.answer({"keys": entries}), now=NOW)
    with pytest.raises(AnswerUnsigned):
        bank.read_keys(peer.merchant(), peer.unsigned(keys), now=NOW)


def _entry(pem):
    text = "".join(pem.decode().splitlines()[1:-1])
    return {
        "key_id": "p256-new",
        "spki": text,
        "valid_from": "2026-11-01T00:00:00+08:00",
        "valid_until": "2028-11-01T00:00:00+08:00",
    }
