"""The one suite every payment channel must pass: inherit it and name the peer at the far end.

What a peer offers is in peer.py. Where a protocol has not what a test is about, the peer's flag
says so and the test asks for what must hold instead: no channel passes by having less.
"""

import io
import secrets
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import DomainError
from gateway.channels.errors import (
    AnswerForged,
    BillNotOffered,
    BillUnreadable,
    ChannelKeyUnknown,
    ChannelMisconfigured,
    ChannelSilent,
    NoticeForeign,
    NoticeForged,
)
from gateway.channels.port import HttpResponse, PaymentState, RefundState, RefundWish
from gateway.channels.registry import adapter
from tests.gateway.channels.peer import DAY, NOW, ORDER_NO, REFUND_NO, Peer
from tests.support.campaign import size

REFUSED_NOTICE = (NoticeForged, ChannelKeyUnknown)
REFUSED_ANSWER = (AnswerForged, ChannelKeyUnknown, ChannelSilent)
quick = settings(
    max_examples=size(60, 1000),
    suppress_health_check=[HealthCheck.differing_executors],
)


class ChannelContract:
    """Tests shared by all channels; a subclass sets `peer`."""

    peer: Peer

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
        assert notice.key_id
        if self.peer.row_holds_its_keys:
            assert notice.key_id in self.merchant.platform_keys
        if self.peer.tells_when_signed:
            assert abs(notice.signed_at - NOW) < timedelta(seconds=2)
        else:
            assert notice.signed_at is None

    def test_a_genuine_notice_of_a_refund_becomes_its_fact(self):
        if not self.peer.pushes_refunds:
            assert self.channel.read_refund(
                self.merchant, self.peer.refund_answer(), now=NOW
            ).state in (RefundState.DONE, RefundState.PROCESSING)
            return
        notice = self.channel.read_notice(self.merchant, *self.peer.refund_notice(), now=NOW)
        assert notice.fact == self.peer.expected_refund()

    def test_a_genuine_answer_tells_the_same_as_the_notice(self):
        answer = self.peer.payment_answer()
        assert self.channel.read_payment(self.merchant, answer, now=NOW) == (
            self.peer.expected_payment()
        )

    def test_a_repeated_notice_gives_equal_facts_and_the_same_id(self):
        one, other = self.peer.payment_notice(), self.peer.payment_notice(seconds=1)
        first = self.channel.read_notice(self.merchant, *one, now=NOW)
        twin = self.channel.read_notice(self.merchant, *one, now=NOW)
        again = self.channel.read_notice(self.merchant, *other, now=NOW)
        assert twin == first
        if not self.peer.tells_when_signed:
            assert other == one
            return
        assert (again.notice_id, again.fact) == (first.notice_id, first.fact)
        assert again.nonce != first.nonce, "another delivery"

    def test_each_signed_field_changed_alone_is_refused(self):
        deliveries = [self.peer.payment_notice()]
        if self.peer.pushes_refunds:
            deliveries.append(self.peer.refund_notice())
        for headers, body in deliveries:
            lies = self.peer.lies(headers, body)
            assert len(lies) >= 10
            for name, (false_headers, false_body) in lies.items():
                assert self._refused(false_headers, false_body), f"believed a changed {name}"

    def test_each_signed_field_of_an_answer_changed_alone_is_not_believed(self):
        lies = self.peer.answer_lies(self.peer.payment_answer())
        assert len(lies) >= 6
        for name, answer in lies.items():
            assert self._not_believed(answer), f"believed a changed {name}"

    @quick
    @given(st.data())
    def test_any_changed_byte_is_refused_or_means_the_same(self, data):
        """A decoded form has two spellings of some values; both are the same signed delivery."""
        headers, body = self.peer.payment_notice()
        genuine = self.channel.read_notice(self.merchant, headers, body, now=NOW)
        place = data.draw(st.integers(0, len(body) - 1))
        other = data.draw(st.integers(1, 255))
        false = body[:place] + bytes([body[place] ^ other]) + body[place + 1 :]
        if self.peer.signs_raw_bytes:
            assert self._refused(headers, false)
        elif not self._refused(headers, false):
            told = self.channel.read_notice(self.merchant, headers, false, now=NOW)
            assert told == genuine, "the replay guard knows it by its nonce"

    def test_another_algorithm_or_none_is_refused(self):
        labelled = self.peer.other_algorithms()
        assert len(labelled) >= 2
        for name, delivery in labelled.items():
            assert self._refused(*delivery), f"believed {name}"

    def test_a_key_of_another_kind_proves_nothing(self):
        merchants = self.peer.merchants_with_wrong_keys()
        assert len(merchants) >= 2
        for merchant in merchants.values():
            with pytest.raises((*REFUSED_NOTICE, ChannelMisconfigured)):
                self.channel.read_notice(merchant, *self.peer.payment_notice(), now=NOW)
            with pytest.raises((*REFUSED_ANSWER, ChannelMisconfigured)):
                self.channel.read_payment(merchant, self.peer.payment_answer(), now=NOW)

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
        assert self.peer.foreign_payment_words()
        for changed in self.peer.foreign_payment_words().values():
            delivery = self.peer.payment_notice(**changed)
            with pytest.raises(NoticeForeign):
                self.channel.read_notice(self.merchant, *delivery, now=NOW)
        for changed in self.peer.foreign_answer_words().values():
            answer = self.peer.payment_answer(**changed)
            with pytest.raises(AnswerForged):
                self.channel.read_payment(self.merchant, answer, now=NOW)
        for changed in self.peer.foreign_refund_notice_words().values():
            delivery = self.peer.refund_notice(**changed)
            with pytest.raises(NoticeForeign):
                self.channel.read_notice(self.merchant, *delivery, now=NOW)

    @quick
    @given(st.integers(1, 10**11 - 1))
    def test_an_amount_arrives_to_the_fen(self, amount_fen):
        words = self.peer.amount_words(amount_fen)
        notice = self.channel.read_notice(
            self.merchant, *self.peer.payment_notice(**words), now=NOW
        )
        answer = self.peer.payment_answer(**words)
        fact = self.channel.read_payment(self.merchant, answer, now=NOW)
        assert notice.fact.amount_fen == fact.amount_fen == amount_fen

    def test_an_amount_that_is_not_plainly_fen_is_refused(self):
        words = self.peer.impossible_amount_words()
        assert len(words) >= 5
        for changed in words:
            assert self._refused(*self.peer.payment_notice(**changed)), changed
            assert self._not_believed(self.peer.payment_answer(**changed)), changed

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
        for held, signer, believed in (
            ((old, new), old, True),
            ((old, new), new, True),
            ((new,), old, False),
            ((old,), new, False),
        ):
            merchant = self.peer.merchant(*held)
            delivery = self.peer.payment_notice(key=signer)
            if believed:
                notice = self.channel.read_notice(merchant, *delivery, now=NOW)
                assert (notice.fact, notice.key_id) == (self.peer.expected_payment(), signer.key_id)
            elif self.peer.names_its_keys:
                with pytest.raises(ChannelKeyUnknown) as refused:
                    self.channel.read_notice(merchant, *delivery, now=NOW)
                assert refused.value.key_id == signer.key_id
            else:
                with pytest.raises(NoticeForged):
                    self.channel.read_notice(merchant, *delivery, now=NOW)

    def test_only_so_old_or_so_early_a_notice_is_fresh(self):
        if self.peer.fresh_for is None:
            for seconds in (-86_400, 0, 86_400):
                delivery = self.peer.payment_notice(seconds=seconds)
                notice = self.channel.read_notice(self.merchant, *delivery, now=NOW)
                assert notice.fact == self.peer.expected_payment()
                if self.peer.tells_when_signed:
                    told = notice.signed_at - timedelta(seconds=seconds)
                    assert abs(told - NOW) < timedelta(seconds=2), "its age is told"
            return
        most = int(self.peer.fresh_for.total_seconds())
        for seconds, believed in ((-most - 1, 0), (-most, 1), (most, 1), (most + 1, 0)):
            delivery = self.peer.payment_notice(seconds=seconds)
            assert self._refused(*delivery) != bool(believed), seconds

    def test_random_bytes_never_become_a_fact_nor_another_error(self):
        @quick
        @given(st.binary(max_size=400))
        def whatever(data):
            with pytest.raises(REFUSED_NOTICE):
                self.channel.read_notice(self.merchant, *self.peer.signed_nonsense(data), now=NOW)
            with pytest.raises(REFUSED_NOTICE):
                self.channel.read_notice(self.merchant, {}, data, now=NOW)
            assert self._not_believed(self.peer.answered_nonsense(data))
            assert self._not_believed(HttpResponse(status=200, headers={}, body=data))

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
        if not self.peer.has_bills:
            with pytest.raises(BillNotOffered):
                self.channel.bill_request(self.merchant, DAY, now=NOW, nonce="n" * 32)
            return
        travelling, link = self.peer.bill(amounts_fen)
        lines = self.channel.read_bill(self.merchant, io.BytesIO(travelling), link=link)
        assert [line.amount_fen for line in lines] == amounts_fen

    def test_a_bill_cut_anywhere_is_unreadable_even_if_its_hash_were_right(self):
        if not self.peer.has_bills:
            return
        travelling, link = self.peer.bill([5000, 1])
        for length in range(len(travelling)):
            self._assert_unreadable(travelling[:length], link)
        pieces = list(self.peer.cut_bills([5000, 1]))
        assert len(pieces) > 100
        for piece, its_link in pieces:
            self._assert_unreadable(piece, its_link)

    def test_a_bill_of_another_merchant_is_unreadable(self):
        if not self.peer.has_bills:
            return
        travelling, link = self.peer.bill([5000])
        with pytest.raises(BillUnreadable):
            list(
                self.channel.read_bill(
                    self.peer.foreign_merchant(), io.BytesIO(travelling), link=link
                )
            )

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
            self.channel.read_notice(merchant, headers, body[:-1], now=NOW)
        shown = repr(merchant) + repr(request) + str(refused.value) + repr(refused.value.facts)
        hidden = ["PRIVATE KEY", body.decode(), *self.peer.secrets(merchant, request)]
        assert all(hidden)
        for secret in hidden:
            assert secret not in shown

    def test_no_two_requests_of_one_wish_are_a_surprise(self):
        """The same question at the same moment under the same nonce says the same."""
        order_no = self.peer.expected_payment().order_no
        nonce = secrets.token_hex(16)
        one, same = (
            self.channel.query(self.merchant, order_no, placed_at=NOW, now=NOW, nonce=nonce)
            for _ in range(2)
        )
        assert self.peer.content(one) == self.peer.content(same)

    @pytest.mark.parametrize(
        "reason",
        [
            "accepted by officers, goes back to its payer",
            "䶮龘𬭊城 ĳ € <退>&amp;=1",
            "一行\n两行\x00\ud800\ufffe&",
            "长" * 500,
            "\n",
        ],
        ids=["officers", "rare", "unsayable", "long", "nothing"],
    )
    def test_why_money_goes_back_never_keeps_it_from_going(self, reason):
        """And it is said alike each time: one refund number, one content."""
        transaction_no = self.peer.expected_payment().transaction_no
        wish = RefundWish(
            refund_no=REFUND_NO,
            order_no=ORDER_NO,
            transaction_no=transaction_no,
            asked_at=NOW,
            amount_fen=2000,
            total_fen=5000,
            reason=reason,
        )
        one, same = (
            self.channel.refund(self.merchant, wish, now=NOW, nonce="n" * 32) for _ in range(2)
        )
        assert self.peer.content(one) == self.peer.content(same)

    def _refused(self, headers, body):
        try:
            self.channel.read_notice(self.merchant, headers, body, now=NOW)
        except REFUSED_NOTICE:
            return True
        return False

    def _not_believed(self, answer):
        try:
            self.channel.read_payment(self.merchant, answer, now=NOW)
        except REFUSED_ANSWER:
            return True
        return False

    def _assert_unreadable(self, content, link):
        with pytest.raises(BillUnreadable):
            list(self.channel.read_bill(self.merchant, io.BytesIO(content), link=link))
