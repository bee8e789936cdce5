"""A day closes when its gates pass; what is broken blocks it, what is bad needs two officers."""

import io
import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import psycopg
import pytest
from django.core.management import CommandError, call_command

from accounts.clock import now
from accounts.errors import MakerIsChecker
from accounts.identifiers import new_id
from reserve_funds.custody.bank import booking
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.closing import gates, services, signing, statements
from reserve_funds.custody.closing.errors import DayNeedsNoException, DayUnknown, SealBroken
from reserve_funds.custody.closing.models import DayCheck
from reserve_funds.custody.coverage import stops, vetoes
from reserve_funds.custody.errors import OutflowsStopped
from reserve_funds.custody.matching import services as matching
from reserve_funds.custody.rules import book as rules
from reserve_funds.custody.rules import calendar
from reserve_funds.errors import DayNotInState
from reserve_funds.ledger import adjusting, as_known, book, pools, sealing
from reserve_funds.ledger.check import check_figures
from reserve_funds.ledger.values import Posting, Ref
from tests.reserve_funds.conftest import DAY, NOW, fresh_pool_number
from tests.reserve_funds.custody.bank.conftest import an_account
from tests.reserve_funds.custody.closing.conftest import NEXT, an_officer, bank_tells, bills_come
from tests.reserve_funds.custody.matching import worlds
from tests.reserve_funds.stories import confirmed, paid
from tests.reserve_funds.test_sealed_days import two_officers_allow

MORNING = now() + timedelta(hours=1)
"""A close comes after all that was booked, whatever the clock says."""


def settled(account, amount_fen, *, event_at=NOW):
    """The channel settles to the bank account, gross, as the bank's entry says."""
    return Posting(
        pool=account.pool, id=new_id(NOW), code="channel_settled", debit=account.ref,
        credit=confirmed(account.pool, 1).debit, amount_fen=amount_fen, event_at=event_at,
    )  # fmt: skip


def cash(pool, amount_fen, *, event_at):
    return Posting(
        pool=pool, id=new_id(NOW), code="cash_accepted",
        debit=Ref(kind="cash_in_transit", owner="box 7"),
        credit=Ref(kind="received", owner=str(new_id(NOW))), amount_fen=amount_fen,
        event_at=event_at,
    )  # fmt: skip


def state(pool, day=DAY):
    return sealing.state_of(pool, day).state


def failed(result):
    return {gate.rule for gate in result.gates if not gate.passed}


def test_a_sound_day_is_sealed_signed_and_verifiable(account):
    pool = account.pool
    paid(pool, 500)
    book.post([settled(account, 500)])
    pools.cut(pool, NEXT)
    bank_tells(account, 500)
    result = services.close(pool, DAY, now=MORNING)
    assert (result.state, failed(result)) == ("closed", set())
    assert {gate.rule for gate in result.gates} >= {"order", "I2", "R8", "I3c", "R3", "R7", "R4"}
    trusted = frozenset({signing.own_public_key()})
    seal = signing.check_again(pool, first=DAY, last=DAY, trusted=trusted)[0]
    told = json.loads(signing.export(seal))
    assert (told["digest"], told["algorithm"]) == (seal.digest.hex(), "Ed25519")
    assert services.close(pool, DAY, now=MORNING).state == "closed", "twice is once"
    assert DayCheck.objects.filter(pool=pool).count() == 1
    assert check_figures(pool).sound


def test_a_seal_is_believed_only_from_a_trusted_key_and_unbroken(account):
    pool = account.pool
    pools.cut(pool, NEXT)
    bank_tells(account)
    services.close(pool, DAY, now=MORNING)
    with pytest.raises(SealBroken) as said:
        signing.check_again(pool, first=DAY, last=DAY, trusted=frozenset({b"x" * 32}))
    assert said.value.facts["because"] == "untrusted key"


def _of_another(seal):
    return replace(seal, signature=replace(seal.signature, signature=bytes(64)))


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (_of_another, "signature"),
        (lambda seal: replace(seal, signature=None), "unsigned"),
        (lambda seal: replace(seal, text=seal.text + " "), "digest"),
        (lambda seal: replace(seal, previous=bytes(32)), "chain"),
        (lambda seal: replace(seal, root=bytes(32)), "root"),
        (lambda seal: replace(seal, text="a", digest=sha256(b"a").digest()), "chain"),
    ],
)
def test_whatever_is_changed_of_a_seal_is_named(account, monkeypatch, change, because):
    """The seal as it stands in the database, with one thing about it changed."""
    pool = account.pool
    pools.cut(pool, NEXT)
    bank_tells(account)
    services.close(pool, DAY, now=MORNING)
    changed = change(sealing.seals(pool, first=DAY, last=DAY)[0])
    monkeypatch.setattr(sealing, "seals", lambda *_pool, **_span: [changed])
    with pytest.raises(SealBroken) as said:
        signing.check_again(
            pool, first=DAY, last=DAY, trusted=frozenset({signing.own_public_key()})
        )
    assert said.value.facts["because"] == because


@pytest.mark.parametrize("profile", rules.NAMES)
def test_a_day_without_its_statement_waits_for_the_bank(kept, profile):
    """R8, whatever the profile."""
    pool = fresh_pool_number()
    pools.open_pool(pool, profile, DAY)
    account = an_account(pool)
    pools.cut(pool, NEXT)
    result = services.close(pool, DAY, now=MORNING)
    assert (result.state, failed(result)) == ("blocked", {"R8"})
    assert not result.needs_exception
    assert [case.kind for case in cases.open_of(pool)] == ["day_blocked"]
    with pytest.raises(DayNeedsNoException):
        services.ask_exception(pool, DAY, maker=an_officer(pool), because="?", now=now())
    bank_tells(account)
    assert services.close(pool, DAY, now=MORNING).state == "closed"
    assert cases.open_of(pool) == []


def test_a_gap_between_statements_blocks(account):
    pool = account.pool
    pools.cut(pool, NEXT)
    bank_tells(account, day=DAY - timedelta(days=1))
    bank_tells(account, opening_fen=100, number="2")
    result = services.close(pool, DAY, now=MORNING)
    assert "R8" in failed(result)
    found = next(gate for gate in result.gates if gate.rule == "R8").findings
    assert [each.amount_fen for each in found] == [100]


def test_a_bank_that_says_something_else_blocks_with_the_difference(account):
    pool = account.pool
    paid(pool, 500)
    book.post([settled(account, 500)])
    pools.cut(pool, NEXT)
    bank_tells(account, 480)
    result = services.close(pool, DAY, now=MORNING)
    assert failed(result) == {"I3c"}
    found = next(gate for gate in result.gates if gate.rule == "I3c").findings
    assert [(each.subject, each.amount_fen) for each in found] == [(str(account.id), -20)]
    assert state(pool) == "blocked"
    assert sealing.seals(pool, first=DAY, last=DAY) == []


def test_what_was_booked_for_the_day_in_the_morning_is_a_listed_difference(account):
    """T+1: the bank's entry of the day is booked in the open day, with its own event_at."""
    pool = account.pool
    paid(pool, 500)
    pools.cut(pool, NEXT)
    bills_come(pool)
    book.post([settled(account, 500)])
    bank_tells(account, 500)
    result = services.close(pool, DAY, now=now())
    assert result.state == "closed"
    found = next(gate for gate in result.gates if gate.rule == "I3c").findings
    assert [each.amount_fen for each in found] == [500], "listed, and stops nothing"


def test_a_pair_that_does_not_mirror_blocks_and_no_exception_opens_it(account):
    pool = account.pool
    paid(pool, 500)
    book.post([
        Posting(
            pool=pool, id=new_id(NOW), code="channel_fee_withheld",
            debit=Ref(kind="own_cover_due", owner="fee"), credit=confirmed(pool, 1).debit,
            amount_fen=3, event_at=NOW,
        )
    ])  # fmt: skip
    pools.cut(pool, NEXT)
    bank_tells(account)
    bills_come(pool)
    result = services.close(pool, DAY, now=MORNING)
    assert failed(result) == {"I2"}
    with pytest.raises(DayNeedsNoException):
        services.ask_exception(pool, DAY, maker=an_officer(pool), because="?", now=now())


def test_days_close_in_order_and_the_task_waits_at_the_first_that_does_not(account):
    pool = account.pool
    pools.cut(pool, NEXT)
    pools.cut(pool, NEXT + timedelta(days=1))
    assert failed(services.close(pool, NEXT, now=MORNING)) >= {"order"}
    results = [each for each in services.close_due(MORNING) if each.pool == pool]
    assert [(each.day, each.state) for each in results] == [(DAY, "blocked")]
    bank_tells(account)
    bank_tells(account, day=NEXT, number="2")
    results = [each for each in services.close_due(MORNING) if each.pool == pool]
    assert [(each.day, each.state) for each in results] == [(DAY, "closed"), (NEXT, "closed")]


def test_aged_cash_is_sealed_only_under_the_signature_of_two_officers(account):
    """Cash of two weeks ago, not banked yet: R3 allows two working days."""
    pool = account.pool
    book.post([cash(pool, 20_000, event_at=NOW - timedelta(days=14))])
    pools.cut(pool, NEXT)
    bank_tells(account)
    result = services.close(pool, DAY, now=now())
    assert (result.state, failed(result), result.needs_exception) == ("blocked", {"R3"}, True)
    maker, checker = an_officer(pool), an_officer(pool)
    asked = services.ask_exception(pool, DAY, maker=maker, because="late courier", now=now())
    with pytest.raises(MakerIsChecker):
        services.sign_exception(asked.pk, checker=maker, now=now())
    assert services.close(pool, DAY, now=now()).state == "blocked", "one is not two"
    result = services.sign_exception(asked.pk, checker=checker, now=now())
    assert (result.state, failed(result)) == ("closed", {"R3"})
    seal = sealing.seals(pool, first=DAY, last=DAY)[0]
    assert (seal.exception.split("|")[0], seal.approval_id) == ("R3", asked.pk)
    assert check_figures(pool).sound
    for may in (vetoes.may_sweep, vetoes.may_place):
        with pytest.raises(OutflowsStopped):
            may(pool, now())
    assert services.lift_mended(pool, now=now()) == [], "the cash still lies in the box"
    book.post([
        Posting(
            pool=pool, id=new_id(NOW), code="cash_banked", debit=account.ref,
            credit=Ref(kind="cash_in_transit", owner="box 7"), amount_fen=20_000, event_at=NOW,
        )
    ])  # fmt: skip
    services.lift_all_mended(now())
    assert stops.standing(pool) == []
    vetoes.may_sweep(pool, now())


def test_a_bill_that_never_came_keeps_its_day_open(account):
    """Other differences are listed and go on; a side that never told is no reconciliation."""
    pool = account.pool
    life = worlds.life(pool, "1", day=DAY - timedelta(days=5))
    matching.deliver([life.order])
    pools.cut(pool, NEXT)
    bank_tells(account)
    result = services.close(pool, DAY, now=now() + timedelta(days=9))
    assert (result.state, failed(result)) == ("blocked", {"I9"})
    matching.deliver([life.bill])
    result = services.close(pool, DAY, now=now() + timedelta(days=9))
    assert result.state == "closed"
    listed = next(gate for gate in result.gates if gate.rule == "I9")
    assert listed.findings, "paid and billed but on no card: listed, and the day is closed"


def test_a_signature_for_less_than_was_found_seals_nothing(account):
    pool = account.pool
    old = NOW - timedelta(days=14)
    book.post([cash(pool, 20_000, event_at=old)])
    pools.cut(pool, NEXT)
    bank_tells(account)
    services.close(pool, DAY, now=now())
    asked = services.ask_exception(pool, DAY, maker=an_officer(pool), because="?", now=now())
    more = cash(pool, 1, event_at=old)
    adjusting.adjust(
        DAY, [more], approval_id=two_officers_allow(pool, adjusting.fingerprint(DAY, [more]))
    )
    result = services.sign_exception(asked.pk, checker=an_officer(pool), now=now())
    assert (result.state, result.needs_exception) == ("blocked", True)


def test_cash_within_its_days_is_no_exception(account):
    """The oldest cash of which no more than two working days have passed; a day older is late."""
    pool = account.pool
    age = max(n for n in range(14) if calendar.add_working(DAY - timedelta(days=n), 2) >= DAY)
    book.post([cash(pool, 20_000, event_at=NOW - timedelta(days=age))])
    pools.cut(pool, NEXT)
    bank_tells(account)
    assert services.close(pool, DAY, now=now()).state == "closed"


def test_pboc_leaves_nothing_on_the_account_of_a_working_day(kept):
    """R4: on a Sunday nothing is asked; on Monday what is left needs two signatures."""
    pool, sunday = fresh_pool_number(), DAY
    while calendar.is_working(sunday) or not calendar.is_working(sunday + timedelta(days=1)):
        sunday -= timedelta(days=1)
    pools.open_pool(pool, "PBOC", sunday)
    account = an_account(pool, opened_on=sunday)
    paid(pool, 500)
    book.post([settled(account, 500)])
    pools.cut(pool, sunday + timedelta(days=1))
    pools.cut(pool, sunday + timedelta(days=2))
    bank_tells(account, 500, day=sunday)
    bank_tells(account, day=sunday + timedelta(days=1), opening_fen=500, number="2")
    assert services.close(pool, sunday, now=now()).state == "closed"
    monday = services.close(pool, sunday + timedelta(days=1), now=now())
    assert (failed(monday), monday.needs_exception) == ({"R4"}, True)


def test_only_a_cut_day_that_exists_is_closed(account):
    with pytest.raises(DayNotInState):
        services.close(account.pool, DAY, now=NOW)
    with pytest.raises(DayUnknown):
        services.close(account.pool, DAY - timedelta(days=1), now=NOW)
    assert state(account.pool) == "open"


def test_without_a_key_nothing_is_sealed(account, monkeypatch):
    pool = account.pool
    pools.cut(pool, NEXT)
    bank_tells(account)

    class Broken:
        def sign(self, text):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        services.close(pool, DAY, now=now(), signer=Broken())
    assert (state(pool), sealing.seals(pool, first=DAY, last=DAY)) == ("checking", [])
    assert services.close(pool, DAY, now=now()).state == "closed"


def test_the_command_says_what_blocks_and_exports_the_seal(account, capfdbinary):
    pool = account.pool
    pools.cut(pool, NEXT)
    told = io.StringIO()
    with pytest.raises(CommandError):
        call_command("close_day", pool, DAY.isoformat(), stdout=told)
    assert "R8" in told.getvalue()
    assert "told up to never" in told.getvalue()
    bank_tells(account)
    call_command("close_day", pool, DAY.isoformat(), json=True, export=True, stdout=told)
    assert b'"form": "day-seal/1"' in capfdbinary.readouterr().out


def test_nobody_rewrites_what_a_check_found(account, service_connection):
    pools.cut(account.pool, NEXT)
    services.close(account.pool, DAY, now=now())
    for words in (
        "UPDATE custody_closing_daycheck SET outcome = 'closed'",
        "DELETE FROM custody_closing_daycheck",
        "TRUNCATE custody_closing_daycheck",
    ):
        with pytest.raises(psycopg.Error), service_connection.transaction():
            service_connection.execute(words)


def test_every_gate_is_registered_once_and_integrity_comes_first(account):
    blocks = [blocks for _rule, blocks in gates.rules()]
    assert blocks.count(True) >= 4
    with pytest.raises(ValueError, match="registered already"):
        gates.gate("R8", zh="x", en="x", blocks=True)(lambda look: gates.Answer(passed=True))
    pools.cut(account.pool, NEXT)
    ordered = [gate.blocks for gate in services.close(account.pool, DAY, now=now()).gates]
    assert ordered == sorted(ordered, reverse=True)


def test_figures_of_a_closed_day_never_change_whatever_arrives_later(account):
    pool = account.pool
    paid(pool, 500)
    pools.cut(pool, NEXT)
    bank_tells(account)
    bills_come(pool)
    assert services.close(pool, DAY, now=now()).state == "closed"
    before = as_known.trial(pool, DAY, now()), sealing.seals(pool, first=DAY, last=DAY)
    late = confirmed(pool, 90)
    book.post([late, settled(account, 30)])
    assert (as_known.trial(pool, DAY, now()), sealing.seals(pool, first=DAY, last=DAY)) == before
    assert len(as_known.late_events(pool, DAY, now())) == 2


def test_what_the_bank_dates_tomorrow_and_is_booked_today_blocks_neither_day(account):
    """A statement of the next day that comes before the cut: each day is asked for its own."""
    pool, after = account.pool, NEXT + timedelta(days=1)
    bank_tells(account, 200)
    bank_tells(account, 300, day=NEXT, opening_fen=200, number="2")
    booking.book(account, now=now())
    pools.cut(pool, NEXT)
    [compared] = statements.compare(pool, DAY, now())
    assert (compared.bank_fen, compared.book_fen, compared.early_fen) == (200, 500, 300)
    assert services.close(pool, DAY, now=now()).state == "closed"
    pools.cut(pool, after)
    [compared] = statements.compare(pool, NEXT, now())
    assert (compared.bank_fen, compared.book_fen, compared.early_fen) == (500, 500, 0)
    assert services.close(pool, NEXT, now=now()).state == "closed"


def test_a_later_entry_explains_no_other_difference(account):
    """What is early is that entry alone: a book that is wrong beside it still blocks."""
    pool = account.pool
    paid(pool, 50)
    bank_tells(account, 200)
    bank_tells(account, 300, day=NEXT, opening_fen=200, number="2")
    booking.book(account, now=now())
    book.post([settled(account, 50)])
    pools.cut(pool, NEXT)
    result = services.close(pool, DAY, now=now())
    assert "I3c" in failed(result)
    found = next(gate for gate in result.gates if gate.rule == "I3c").findings
    assert [each.amount_fen for each in found] == [-50]
