"""The one suite every payment channel must pass: inherit it and name the peer at the far end.

A peer offers genuine notices, answers and bills of its channel, the same with chosen words changed,
and its own list of lies (see wechatpay.peer for the first).
"""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import DomainError
from gateway.channels.errors import (
    AnswerForged,
    BillUnreadable,
    ChannelKeyUnknown,
    ChannelSilent,
    NoticeForeign,
    NoticeForged,
)
from gateway.channels.port import HttpResponse, PaymentState, RefundState
from gateway.channels.registry import adapter
from tests.gateway.channels.wechatpay.peer import NOW

REFUSED_NOTICE = (NoticeForged, ChannelKeyUnknown)
REFUSED_ANSWER = (AnswerForged, ChannelKeyUnknown, ChannelSilent)
quick = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.differing_executors]
)


class ChannelContract:
    """Tests shared by all channels; a subclass sets `peer`."""

    peer: object

    @property
    def channel(self):
        return adapter(self.peer.name)

    @property
    def merchant(self):
        return self.peer.merchant()

    def test_a_genuine_notice_of_a_payment_becomes_its_fact(self):
        notice = self.channel.read_notice(self.merchant, *self.peer.payment_notice(), now=NOW)
        assert notice.fact == self.peer.expected_payment()
        assert notice.nonce
        assert notice.key_id in self.merchant.platform_keys
        assert abs(notice.signed_at - NOW) < timedelta(seconds=2)

    def test_a_genuine_notice_of_a_refund_becomes_its_fact(self):
        notice = self.channel.read_notice(self.merchant, *self.peer.refund_notice(), now=NOW)
        assert notice.fact == self.peer.expected_refund()

    def test_a_genuine_answer_tells_the_same_as_the_notice(self):
        answer = self.peer.payment_answer()
        assert self.channel.read_payment(self.merchant, answer, now=NOW) == (
            self.peer.expected_payment()
        )

    def test_a_repeated_notice_gives_equal_facts_and_the_same_id(self):
        first = self.channel.read_notice(self.merchant, *self.peer.payment_notice(), now=NOW)
        again = self.channel.read_notice(self.merchant, *self.peer.payment_notice(), now=NOW)
        assert (again.notice_id, again.fact) == (first.notice_id, first.fact)
        assert again.nonce != first.nonce

    def test_each_signed_field_changed_alone_is_refused(self):
        for deliver in (self.peer.payment_notice, self.peer.refund_notice):
            headers, body = deliver()
            lies = self.peer.lies(headers, body)
            assert len(lies) >= 10
            for name, (false_headers, false_body) in lies.items():
                assert self._refused(false_headers, false_body), f"believed a changed {name}"

    @quick
    @given(st.data())
    def test_any_changed_byte_is_refused(self, data):
        headers, body = self.peer.payment_notice()
        place = data.draw(st.integers(0, len(body) - 1))
        other = data.draw(st.integers(1, 255))
        false = body[:place] + bytes([body[place] ^ other]) + body[place + 1 :]
        with pytest.raises(REFUSED_NOTICE):
            self.channel.read_notice(self.merchant, headers, false, now=NOW)

    def test_a_notice_cut_anywhere_is_refused(self):
        headers, body = self.peer.payment_notice()
        for length in range(len(body)):
            with pytest.raises(REFUSED_NOTICE):
                self.channel.read_notice(self.merchant, headers, body[:length], now=NOW)

    def test_an_answer_cut_anywhere_is_not_believed(self):
        whole = self.peer.payment_answer()
        for length in range(len(whole.body)):
            cut = replace(whole, body=whole.body[:length])
            with pytest.raises(REFUSED_ANSWER):
                self.channel.read_payment(self.merchant, cut, now=NOW)

    def test_an_unsigned_result_is_not_believed(self):
        bare = self.peer.unsigned(self.peer.payment_answer())
        with pytest.raises(AnswerForged):
            self.channel.read_payment(self.merchant, bare, now=NOW)

    def test_another_merchants_app_or_currency_is_refused_though_genuine(self):
        for changed in self.peer.foreign_payment_words().values():
            delivery = self.peer.payment_notice(**changed)
            with pytest.raises(NoticeForeign):
                self.channel.read_notice(self.merchant, *delivery, now=NOW)
            answer = self.peer.payment_answer(**changed)
            with pytest.raises(AnswerForged):
                self.channel.read_payment(self.merchant, answer, now=NOW)
        for changed in self.peer.foreign_refund_notice_words().values():
            delivery = self.peer.refund_notice(**changed)
            with pytest.raises(NoticeForeign):
                self.channel.read_notice(self.merchant, *delivery, now=NOW)

    def test_a_state_nobody_knows_is_unknown_and_never_failed(self):
        words = self.peer.unknown_state_words()
        told = self.channel.read_notice(
            self.merchant, *self.peer.payment_notice(**words), now=NOW
        ).fact
        answered = self.channel.read_payment(
            self.merchant, self.peer.payment_answer(**words), now=NOW
        )
        refund = self.channel.read_refund(
            self.merchant,
            self.peer.refund_answer(**self.peer.unknown_refund_state_words()),
            now=NOW,
        )
        assert {told.state, answered.state} <= {PaymentState.UNKNOWN, PaymentState.PENDING}
        assert refund.state in {RefundState.UNKNOWN, RefundState.PROCESSING}

    def test_keys_overlap_in_a_rotation_and_a_dropped_one_is_unknown(self):
        old, new = self.peer.rotation()
        body = self.peer.payment_notice()[1]
        for held, signer, believed in (
            ((old, new), old, True),
            ((old, new), new, True),
            ((new,), old, False),
            ((old,), new, False),
        ):
            merchant = self.peer.merchant(*held)
            headers, signed = self.peer.signed(body, key=signer)
            if believed:
                fact = self.channel.read_notice(merchant, headers, signed, now=NOW).fact
                assert fact == self.peer.expected_payment()
            else:
                with pytest.raises(ChannelKeyUnknown) as refused:
                    self.channel.read_notice(merchant, headers, signed, now=NOW)
                assert refused.value.key_id == signer.key_id

    @pytest.mark.parametrize(("seconds", "believed"), [(-301, 0), (-300, 1), (300, 1), (301, 0)])
    def test_only_five_minutes_either_way_are_fresh(self, seconds, believed):
        headers, body = self.peer.signed(self.peer.payment_notice()[1], seconds=seconds)
        if believed:
            self.channel.read_notice(self.merchant, headers, body, now=NOW)
        else:
            with pytest.raises(NoticeForged):
                self.channel.read_notice(self.merchant, headers, body, now=NOW)

    def test_random_bytes_never_become_a_fact_nor_another_error(self):
        @quick
        @given(st.binary(max_size=400))
        def whatever(body):
            headers, signed = self.peer.signed(body)
            with pytest.raises(REFUSED_NOTICE):
                self.channel.read_notice(self.merchant, headers, signed, now=NOW)
            with pytest.raises(REFUSED_ANSWER):
                self.channel.read_payment(self.merchant, self.peer.answer(200, body), now=NOW)

        whatever()

    @pytest.mark.parametrize("status", [301, 302, 400, 404, 429, 500, 502, 503])
    def test_an_unproven_refusal_leaves_the_outcome_unknown(self, status):
        answer = HttpResponse(status=status, headers={}, body=b"<html>proxy</html>")
        with pytest.raises(ChannelSilent):
            self.channel.read_payment(self.merchant, answer, now=NOW)

    def test_the_receipt_says_yes_or_come_again(self):
        assert self.channel.notice_receipt(True)[0] == 200
        assert self.channel.notice_receipt(False)[0] >= 400

    @quick
    @given(st.lists(st.integers(1, 10**11), max_size=5))
    def test_yuan_become_fen_exactly(self, amounts_fen):
        content, link = self.peer.bill(amounts_fen)
        lines = self.channel.read_bill(
            self.merchant, io.BytesIO(self.peer.packed(content)), link=link
        )
        assert [line.amount_fen for line in lines] == amounts_fen

    def test_a_bill_cut_anywhere_is_unreadable_even_if_its_hash_were_right(self):
        content, link = self.peer.bill([5000, 1])
        travelling = self.peer.packed(content)
        for length in range(len(travelling)):
            self._assert_unreadable(travelling[:length], link)
        for length in range(len(content.rstrip())):
            self._assert_unreadable(content[:length], self.peer.link(content[:length]))

    def test_a_bill_of_another_merchant_is_unreadable(self):
        content, link = self.peer.bill([5000])
        foreign = replace(self.merchant, merchant_no="1900000999")
        with pytest.raises(BillUnreadable):
            list(self.channel.read_bill(foreign, io.BytesIO(content), link=link))

    def test_no_secret_is_in_what_may_be_printed(self):
        merchant = self.merchant
        request = self.channel.query(
            merchant,
            self.peer.expected_payment().order_no,
            placed_at=NOW,
            now=NOW,
            nonce="n" * 32,
        )
        headers, body = self.peer.payment_notice()
        with pytest.raises(DomainError) as refused:
            self.channel.read_notice(merchant, headers, body + b" ", now=NOW)
        shown = repr(merchant) + repr(request) + str(refused.value) + repr(refused.value.facts)
        for secret in (
            merchant.shared_key.decode(),
            "PRIVATE KEY",
            request.headers["Authorization"],
            body.decode(),
        ):
            assert secret not in shown

    def _refused(self, headers, body):
        try:
            self.channel.read_notice(self.merchant, headers, body, now=NOW)
        except REFUSED_NOTICE:
            return True
        return False

    def _assert_unreadable(self, content, link):
        with pytest.raises(BillUnreadable):
            list(self.channel.read_bill(self.merchant, io.BytesIO(content), link=link))
