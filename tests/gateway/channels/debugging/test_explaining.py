"""The signature debugger: it agrees with the readers, finds the slip, and shows no secret."""

import base64
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.channels.debugging import Specimen, Verdict, explain, explained_channels
from gateway.channels.debugging.explaining import first_difference
from gateway.channels.debugging.hints import HINTS
from gateway.channels.errors import ChannelNotKnown
from gateway.channels.registry import channel_names
from gateway.sandbox.partner_banks import guomi_speech, sm2_math
from gateway.signatures import sm2
from tests.gateway.channels.alipay.peer import AlipayPeer
from tests.gateway.channels.banks.peer import GbkPeer, GuomiPeer, Rfc9421Peer
from tests.gateway.channels.peer import NOW
from tests.gateway.channels.unionpay.peer import UnionPayPeer
from tests.gateway.channels.wechatpay.peer import WeChatPeer
from tests.gateway.signatures.sm2_peer import openssl

PEERS = [WeChatPeer(), UnionPayPeer(), GuomiPeer(), GbkPeer(), Rfc9421Peer(), AlipayPeer()]
EACH = pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
guomi, gbk, rfc9421 = PEERS[2:5]


def _told(peer, delivery, *, now=NOW, theirs=None, **specimen):
    headers, body = delivery
    return explain(
        peer.name,
        peer.merchant(),
        Specimen(headers=headers, body=body, **specimen),
        now=now,
        theirs=theirs,
    )


def test_every_channel_is_explained_and_no_stranger():
    assert {peer.name for peer in PEERS} == set(explained_channels()) == set(channel_names())
    with pytest.raises(ChannelNotKnown):
        explain("carrier-pigeon", guomi.merchant(), Specimen(headers={}, body=b""), now=NOW)


@EACH
def test_a_genuine_push_and_answer_are_good(peer):
    told = _told(peer, peer.payment_notice())
    assert (told.verdict, told.hints) == (Verdict.GOOD, ())
    assert told.canonical
    assert told.digests
    answer = peer.payment_answer()
    told = _told(peer, (answer.headers, answer.body), status=answer.status)
    assert told.verdict is Verdict.GOOD


@EACH
def test_nothing_readable_is_unreadable_and_never_an_error(peer):
    for body in (b"", b"\xff\xfe", b"{}", b"<x/>", b"a=b&c=d"):
        told = _told(peer, ({}, body))
        assert told.verdict in (Verdict.UNREADABLE, Verdict.KEY_UNKNOWN)
        assert told.why


@EACH
def test_no_secret_is_in_what_is_told(peer):
    merchant = peer.merchant()
    headers, body = peer.payment_notice()
    shown = repr(_told(peer, (headers, body), theirs=b"something else"))
    assert "PRIVATE KEY" not in shown
    if merchant.shared_key:
        assert merchant.shared_key.decode() not in shown
    public_only = replace(merchant, signing_key_pem=b"", shared_key=b"")
    told = explain(peer.name, public_only, Specimen(headers=headers, body=body), now=NOW)
    assert told.verdict is Verdict.GOOD, "no secret is needed either"


@pytest.mark.parametrize("peer", [guomi, gbk, rfc9421, PEERS[0]], ids=lambda peer: peer.name)
def test_the_clock_is_told_before_anything_is_guessed(peer):
    delivery = peer.payment_notice()
    late = _told(peer, delivery, now=NOW + timedelta(seconds=400))
    assert (late.verdict, late.skew_seconds) == (Verdict.STALE, 400)
    assert "clock_behind" in late.hints
    zone = _told(peer, delivery, now=NOW - timedelta(hours=8))
    assert set(zone.hints) == {"clock_ahead", "clock_by_eight_hours"}


@pytest.mark.parametrize("peer", [guomi, gbk, rfc9421, PEERS[0]], ids=lambda peer: peer.name)
def test_an_unknown_key_is_named(peer):
    old, new = peer.rotation()
    merchant = peer.merchant(old)
    headers, body = peer.payment_notice(key=new)
    told = explain(peer.name, merchant, Specimen(headers=headers, body=body), now=NOW)
    assert told.verdict is Verdict.KEY_UNKNOWN
    assert new.key_id in told.why


@pytest.mark.parametrize("peer", [guomi, gbk, rfc9421], ids=lambda peer: peer.name)
def test_their_text_tells_whether_the_texts_or_the_keys_differ(peer):
    words = {**peer.payment_words(), "event": "payment", "notice_no": "EV-1"}
    said = peer.speech.say(words, peer.manner(), url=peer.merchant().notify_url)
    right = _told(peer, (said.headers, said.body)).canonical
    spoilt = peer.speech.say(words, peer.manner(other_bytes=True), url=peer.merchant().notify_url)
    theirs = _told(peer, (spoilt.headers, spoilt.body)).canonical
    theirs += b" " if peer is gbk else b"~"
    told = _told(peer, (spoilt.headers, spoilt.body), theirs=theirs)
    assert told.verdict is Verdict.WRONG
    assert "theirs_is_signed" in told.hints
    assert told.theirs_verifies
    assert told.difference.at == len(right)
    other = _told(peer, (spoilt.headers, spoilt.body), theirs=right)
    assert "other_key" in other.hints


def _guomi_signed(text, signature=None):
    """A push whose signature is over `text` of its pairs, or this very signature."""
    words = json.loads(guomi.payment_notice()[1])
    pairs = guomi_speech.pairs(words)
    made = signature or sm2_math.sign(int(guomi.new.private_pem, 16), text(pairs))
    words["sign"] = base64.b64encode(made(pairs) if callable(made) else made).decode()
    return {}, json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("hint", "slip"),
    [
        ("line_feed_added", lambda text: text + b"\n"),
        ("signed_base64", base64.b64encode),
    ],
)
def test_a_known_slip_is_found_by_trying_it(hint, slip):
    told = _told(guomi, _guomi_signed(slip))
    assert (told.verdict, told.hints) == (Verdict.WRONG, (hint,))


def test_a_der_signature_of_sm2_is_told():
    def der(pairs):
        return sm2.to_der(sm2_math.sign(int(guomi.new.private_pem, 16), pairs))

    told = _told(guomi, _guomi_signed(None, der))
    assert (told.verdict, told.hints) == (Verdict.WRONG, ("signature_is_der",))


def test_signing_other_bytes_than_those_sent_is_told_by_their_encoding():
    headers, body = gbk.payment_notice(**{"Body.PayNme": "某某"})
    assert _told(gbk, (headers, body)).verdict is Verdict.GOOD
    as_utf8 = body.decode("gbk").encode()
    told = _told(gbk, (headers, as_utf8))
    assert told.verdict in (Verdict.UNREADABLE, Verdict.WRONG)
    assert "looks_like_utf8" in told.hints


def test_odd_bytes_of_a_body_are_told():
    headers, body = rfc9421.payment_notice()
    spaced = re.sub(rb"</Signature>", b"</Signature>\n", gbk.payment_notice()[1]) + b"\n"
    assert "space_at_end" in _told(gbk, ({}, spaced)).hints
    assert "byte_order_mark" in _told(guomi, (headers, b"\xef\xbb\xbf" + body)).hints


def test_the_digests_are_those_another_tool_prints(tmp_path):
    told = _told(guomi, guomi.payment_notice())
    (tmp_path / "canonical").write_bytes(told.canonical)
    printed = openssl("dgst", "-sm3", "canonical", folder=tmp_path).stdout.decode()
    assert told.digests["SM3"] in printed
    assert re.fullmatch(r"[0-9a-f]{64}", told.digests["SM3(Z‖M)"])


@pytest.mark.parametrize(
    ("ours", "theirs", "at"),
    [(b"abc", b"abc", None), (b"abc", b"abd", 2), (b"abc", b"abcd", 3), (b"", b"x", 0)],
)
def test_the_first_differing_byte(ours, theirs, at):
    found = first_difference(ours, theirs)
    assert (found and found.at) == at


def test_every_hint_has_a_sentence_in_both_languages():
    assert all(zh and en and zh != en for zh, en in HINTS.values())
