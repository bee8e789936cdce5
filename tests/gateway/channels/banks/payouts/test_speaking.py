"""Money out in three dialects: said once by our number, believed only when signed and about it."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.channels.banks.payouts.speaking import line_of
from gateway.channels.banks.payouts.tables import PAYOUTS
from gateway.channels.banks.payouts.values import PayoutState, PayoutWish, StatementWish
from gateway.channels.banks.payouts.words import PayAct
from gateway.channels.banks.profiles import PROFILES
from gateway.channels.errors import (
    AnswerForeign,
    AnswerForged,
    AnswerUnreadable,
    BillNotOffered,
    ChannelAskAgain,
    ChannelKeyUnknown,
    ChannelNotKnown,
    ChannelSilent,
    RefusalUnproven,
    WishRefused,
)
from gateway.channels.port import Asked
from tests.gateway.channels.banks.peer import DONE_AT, MERCHANT_NO, GbkPeer, GuomiPeer, Rfc9421Peer
from tests.gateway.channels.banks.wishes import STAMP
from tests.gateway.channels.peer import NOW

NUMBER = "P20261122000000000001"
ACCOUNT = "1702000000000000017"
ASKED = Asked(order_no=NUMBER, amount_fen=123_456)
SPOKEN = [GuomiPeer(), GbkPeer(), Rfc9421Peer()]
PEERS = pytest.mark.parametrize("peer", SPOKEN, ids=lambda peer: peer.name)
BY_API = pytest.mark.parametrize("peer", [SPOKEN[0], SPOKEN[2]], ids=lambda peer: peer.name)


def wish(**changed):
    return PayoutWish(
        **{
            "payout_no": NUMBER,
            "payer_account": ACCOUNT,
            "payee_account": "6222000000000000001",
            "payee_name": "䶮城公交有限公司",
            "payee_bank_no": "102290000001",
            "payee_bank_name": "示例银行䶮城支行",
            "amount_fen": 123_456,
            "purpose": "清结算 20261121",
            **changed,
        }
    )


def words(**changed):
    return {
        "merchant_no": MERCHANT_NO,
        "payout_no": NUMBER,
        "payout_fen": 123_456,
        "currency": "CNY",
        "payout_state": "PAID",
        "payout_serial": "2026112200000001",
        "payout_done_at": DONE_AT.timestamp(),
        **changed,
    }


def answer(peer, code="ok", *, changed=None, **neutral):
    said = peer.answer(words(**neutral) if code == "ok" else {}, code=code, changed=changed)
    return replace(said, asked=ASKED)


def read_both(peer, response):
    line = line_of(peer.name)
    return [
        read(peer.merchant(), response, now=NOW) for read in (line.read_pay_out, line.read_query)
    ]


@PEERS
def test_an_instruction_says_everything_once_and_its_number_with_it(peer):
    line = line_of(peer.name)
    request = line.pay_out(peer.merchant(), wish(), **STAMP)
    assert request.method == "POST"
    assert request.asked == ASKED
    text = request.body.decode("gbk" if peer.name == "bank_gbk" else "utf-8")
    for told in (NUMBER, ACCOUNT, "6222000000000000001", "102290000001", "清结算 20261121"):
        assert text.count(told) == 1
    assert str(peer.speech.money(123_456)) in text
    assert text not in repr(request)


@PEERS
def test_a_repetition_is_recognisable_as_the_same_wish(peer):
    line = line_of(peer.name)
    if PAYOUTS[peer.name].doors[PayAct.PAY_OUT].repeats:
        first = line.pay_out(peer.merchant(), wish(), **STAMP)
        later = line.pay_out(peer.merchant(), wish(), now=NOW + timedelta(hours=1), nonce="n" * 32)
        assert first.headers["Idempotency-Key"] == later.headers["Idempotency-Key"]
        assert first.body == later.body


@PEERS
@pytest.mark.parametrize(
    "changed",
    [
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"amount_fen": True},
        {"amount_fen": 10**12},
        {"payout_no": "12345"},
        {"payout_no": "x" * 33},
        {"payout_no": "../../../x"},
        {"payer_account": ""},
        {"payee_account": "6222 0000"},
        {"payee_name": ""},
        {"payee_name": "a\nb"},
        {"payee_bank_no": "10229000000"},
        {"purpose": ""},
        {"purpose": "x" * 200},
    ],
    ids=str,
)
def test_what_cannot_be_said_is_refused_before_anything_is_signed(peer, changed):
    with pytest.raises(WishRefused):
        line_of(peer.name).pay_out(peer.merchant(), wish(**changed), **STAMP)


@PEERS
@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("ACCEPTED", PayoutState.ACCEPTED),
        ("PROCESSING", PayoutState.ACCEPTED),
        ("PAID", PayoutState.PAID),
        ("REJECTED", PayoutState.REJECTED),
        ("RETURNED", PayoutState.PAID),
        ("MOONSTRUCK", PayoutState.UNKNOWN),
    ],
)
def test_every_word_of_the_bank_is_read_and_a_strange_one_is_unknown(peer, word, state):
    for fact in read_both(peer, answer(peer, payout_state=word, payout_reason="收款户异常")):
        assert (fact.payout_no, fact.state, fact.bank_no) == (NUMBER, state, "2026112200000001")
        assert fact.given_back is (word == "RETURNED")
        assert fact.reason == "收款户异常"
        assert not fact.never_taken


@PEERS
def test_every_state_of_the_table_is_one_the_sandbox_says_or_nothing_at_all(peer):
    assert set(PAYOUTS[peer.name].states) == set(peer.speech.payout_states.values())


@PEERS
@pytest.mark.parametrize("code", ["short", "payee_refused", "account_unknown", "malformed"])
def test_a_refusal_ends_an_instruction_but_decides_nothing_when_a_question_meets_it(peer, code):
    to_instruction, to_question = read_both(peer, answer(peer, code))
    assert to_instruction.state is PayoutState.REJECTED
    assert to_instruction.reason
    assert to_question.state is PayoutState.UNKNOWN
    assert not to_question.never_taken


@PEERS
def test_a_number_the_bank_has_with_other_content_or_not_at_all_is_unknown(peer):
    line = line_of(peer.name)
    for read in (line.read_pay_out, line.read_query):
        with pytest.raises(ChannelSilent):
            read(peer.merchant(), answer(peer, "payout_differs"), now=NOW)
    to_instruction, to_question = read_both(peer, answer(peer, "payout_unknown"))
    assert to_instruction.state is to_question.state is PayoutState.UNKNOWN
    assert to_question.never_taken


@PEERS
def test_a_bank_that_asks_to_come_again_has_said_nothing(peer):
    line = line_of(peer.name)
    for code in ("busy", "too_often"):
        for read in (line.read_pay_out, line.read_query):
            with pytest.raises(ChannelAskAgain):
                read(peer.merchant(), answer(peer, code), now=NOW)


@PEERS
def test_a_refusal_in_words_nobody_agreed_is_silence(peer):
    for read in (line_of(peer.name).read_pay_out, line_of(peer.name).read_query):
        response = answer(peer, "link_dead")
        with pytest.raises(ChannelSilent):
            read(peer.merchant(), replace(response, status=404), now=NOW)


@PEERS
def test_an_answer_with_any_signed_field_changed_is_not_believed(peer):
    line = line_of(peer.name)
    genuine = answer(peer, payout_reason="x")
    lies = peer.answer_lies(genuine)
    assert len(lies) >= 8
    for lie in lies.values():
        for read in (line.read_pay_out, line.read_query):
            with pytest.raises((AnswerForged, ChannelKeyUnknown, ChannelSilent)):
                read(peer.merchant(), replace(lie, asked=ASKED), now=NOW)


@PEERS
def test_an_unsigned_refusal_rejects_nothing(peer):
    said = peer.speech.say({}, peer.manner(unsigned=True), code="short")
    with pytest.raises((RefusalUnproven, AnswerForged)):
        line_of(peer.name).read_pay_out(
            peer.merchant(), replace(peer.as_response(said), asked=ASKED), now=NOW
        )


@PEERS
@pytest.mark.parametrize(
    "foreign",
    [
        {"merchant_no": "B00000000000999"},
        {"payout_no": "P20261122000000000002"},
        {"payout_fen": 123_457},
        {"currency": "840"},
    ],
    ids=str,
)
def test_a_genuine_answer_about_something_else_is_foreign(peer, foreign):
    line = line_of(peer.name)
    for read in (line.read_pay_out, line.read_query):
        with pytest.raises(AnswerForeign):
            read(peer.merchant(), answer(peer, **foreign), now=NOW)


@PEERS
@pytest.mark.parametrize("missing", ["payout_no", "payout_state", "payout_serial", "payout_fen"])
def test_paid_is_a_whole_word_or_none(peer, missing):
    with pytest.raises(AnswerUnreadable):
        line_of(peer.name).read_query(peer.merchant(), answer(peer, **{missing: None}), now=NOW)


@BY_API
def test_a_statements_link_is_of_that_account_and_day_and_lies_at_the_bank(peer):
    line, day = line_of(peer.name), date(2026, 11, 21)
    asked = StatementWish(account_no=ACCOUNT, day=day)
    assert line.statement(peer.merchant(), asked, **STAMP).url.startswith(
        "https://epay.bank.example/"
    )
    told = {
        "merchant_no": MERCHANT_NO,
        "account_no": ACCOUNT,
        "bill_day": "2026-11-21",
        "bill_url": "https://epay.bank.example/files/x",
        "bill_hash": "ab" * 32,
    }
    link = line.read_statement(peer.merchant(), peer.answer(told), wish=asked, now=NOW)
    assert (link.day, link.hash_hex, link.hash_type) == (day, "ab" * 32, peer.hash_type)
    for lie in ({"account_no": "1702000000000000018"}, {"bill_day": "2026-11-20"}):
        with pytest.raises(AnswerForeign):
            line.read_statement(peer.merchant(), peer.answer({**told, **lie}), wish=asked, now=NOW)
    for other in (date(2026, 11, 22), date(2025, 1, 1)):
        with pytest.raises(WishRefused):
            line.statement(peer.merchant(), StatementWish(account_no=ACCOUNT, day=other), **STAMP)


def test_a_bank_without_an_interface_for_statements_says_so():
    with pytest.raises(BillNotOffered):
        line_of("bank_gbk").statement(
            GbkPeer().merchant(), StatementWish(account_no=ACCOUNT, day=date(2026, 11, 21)), **STAMP
        )
    with pytest.raises(ChannelNotKnown):
        line_of("bank_nowhere")


def test_every_partner_bank_has_words_for_money_out_and_says_how_sure_we_are():
    assert set(PAYOUTS) == {profile.name for profile in PROFILES}
    for table in PAYOUTS.values():
        assert table.confidence in "ABCD"
        assert table.grounds
        assert not table.refused & table.never_taken
        json.dumps(sorted(table.states))
