"""What officers instruct rests on a second person's word for exactly this, spent once."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from accounts import approvals, people
from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.errors import ApprovalNotUsable, NotInHandbook, Overdrawn
from reserve_funds.ledger import book, queries
from reserve_funds.ledger.check import check_figures
from tests.reserve_funds.conftest import NOW
from tests.reserve_funds.stories import Paid, paid


def somebody() -> people.Person:
    return people.enrol(f"139{secrets.randbelow(10**8):08d}", NOW)


def approved(pool: int, fingerprint: bytes) -> UUID:
    from accounts.clock import now

    asked = approvals.ask(
        maker=somebody(),
        purpose="REFUND_TO_PAYER",
        pool=pool,
        content={"what": "a story"},
        fingerprint=fingerprint,
        now=now(),
        expires_at=now() + timedelta(days=1),
        checker_role="finance_officer",
    )
    checker = somebody()
    people.grant(checker, "finance_officer", pool=pool, granted_by=None, now=now())
    approvals.approve(asked.id, checker=checker, now=now())
    return asked.id


def refund_waiting(pool: int) -> tuple[Paid, UUID]:
    story, refund = paid(pool, 500), new_id(NOW)
    book.post([
        postings.refund_asked(pool, refund, source=story.waiting, amount_fen=500, event_at=NOW)
    ])  # fmt: skip
    return story, refund


def by_bank(pool: int, refund: UUID, approval: UUID, amount_fen: int = 500) -> postings.Posting:
    return postings.refund_paid_by_bank(
        pool, refund, instruction="no 1", amount_fen=amount_fen, event_at=NOW,
        approval_id=approval,
    )  # fmt: skip


def refused(posting: postings.Posting) -> ApprovalNotUsable:
    with pytest.raises(ApprovalNotUsable) as said, transaction.atomic():
        book.post([posting])
    return said.value


def test_the_approved_outflow_is_booked_and_said_again_spends_nothing(pool: int) -> None:
    _story, refund = refund_waiting(pool)
    blank = by_bank(pool, refund, new_id(NOW))
    wish = by_bank(pool, refund, approved(pool, book.fingerprint([blank])))
    assert book.post([wish])[0].is_new
    assert not book.post([wish])[0].is_new
    assert queries.balance_fen(pool, postings.account("bank_out_in_transit", "no 1")) == 500
    assert check_figures(pool).findings == []


def test_other_content_than_was_approved_moves_nothing(pool: int) -> None:
    _story, refund = refund_waiting(pool)
    word = approved(pool, book.fingerprint([by_bank(pool, refund, new_id(NOW))]))
    assert refused(by_bank(pool, refund, word, 499)).facts["because"] == "other_content"
    assert refused(by_bank(pool, refund, new_id(NOW))).facts["because"] == "unknown"
    assert queries.available_fen(pool, postings.refund_in_flight(refund)) == 500
    assert check_figures(pool).findings == []


def test_one_word_is_spent_once(pool: int) -> None:
    story, refund = refund_waiting(pool)
    word = approved(pool, book.fingerprint([by_bank(pool, refund, new_id(NOW))]))
    book.post([by_bank(pool, refund, word)])
    with pytest.raises((ApprovalNotUsable, Overdrawn)), transaction.atomic():
        book.post([
            postings.of(
                "repaid", pool, story.order, debit=story.waiting,
                credit=postings.account("bank_out_in_transit", "no 2"),
                amount_fen=500, event_at=NOW, approval_id=word,
            )
        ])  # fmt: skip


def test_a_batch_rests_on_one_word_for_all_of_it(pool: int) -> None:
    refunds = [refund_waiting(pool)[1] for _ in range(3)]
    blanks = [by_bank(pool, refund, new_id(NOW)) for refund in refunds]
    word = approved(pool, book.fingerprint(blanks))
    batch = [by_bank(pool, refund, word) for refund in refunds]
    with pytest.raises(ApprovalNotUsable), transaction.atomic():
        book.post(batch[:2])  # not all of what was approved
    assert all(each.is_new for each in book.post(batch))
    assert not any(each.is_new for each in book.post(batch))


def test_a_reversal_is_approved_booked_once_and_never_reversed_itself(pool: int) -> None:
    story = paid(pool, 500)
    done = story.allocated
    word = approved(pool, book.reversal_fingerprint(pool, done.id, amount_fen=500))
    with pytest.raises(ApprovalNotUsable), transaction.atomic():
        book.reverse(pool, done.id, event_at=NOW, approval_id=new_id(NOW))
    undone = book.reverse(pool, done.id, event_at=NOW, approval_id=word)
    assert undone.is_new
    assert not book.reverse(pool, done.id, event_at=NOW, approval_id=word).is_new
    assert queries.balance_fen(pool, postings.received(story.payment)) == 500
    assert queries.balance_fen(pool, story.waiting) == 0
    with pytest.raises(NotInHandbook), transaction.atomic():
        book.reverse(pool, undone.id, event_at=NOW, approval_id=word)
    assert check_figures(pool).findings == []
