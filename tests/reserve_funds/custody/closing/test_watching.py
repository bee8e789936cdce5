"""What is closed is looked at again: seals by pinned keys, whole books in turn, kept reports."""

import hashlib
from dataclasses import replace

import psycopg
import pytest

from accounts.clock import now
from accounts.identifiers import new_id
from accounts.models import SecurityEvent
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.closing import (
    channels,
    gates,
    keeping,
    services,
    signing,
    tasks,
    watching,
)
from reserve_funds.custody.closing.models import BookCheck, KeptReport
from reserve_funds.custody.matching import services as matching
from reserve_funds.ledger import book, pools, sealing
from reserve_funds.ledger.check import Finding, Report
from reserve_funds.ledger.values import Posting, Ref
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.custody.closing.conftest import NEXT, an_officer, bank_tells, bills_come
from tests.reserve_funds.custody.closing.test_close import failed, settled
from tests.reserve_funds.custody.matching import worlds
from tests.reserve_funds.stories import confirmed, paid


@pytest.fixture
def closed_pool(account):
    """A pool whose day, with a payment in it, is closed."""
    paid(account.pool, 500)
    pools.cut(account.pool, NEXT)
    bank_tells(account)
    bills_come(account.pool)
    assert services.close(account.pool, DAY, now=now()).state == "closed"
    return account.pool


def kinds_open(pool):
    return [case.kind for case in cases.open_of(pool)]


def alarms(code, pool):
    return SecurityEvent.objects.filter(code=code, subject=f"pool:{pool}").count()


def test_seals_are_believed_by_the_pinned_keys_alone(closed_pool, settings):
    assert watching.check_seals(closed_pool, now=now()) is None
    settings.DAY_SEAL_PUBLIC_KEYS = frozenset({bytes(32)})
    assert watching.check_seals(closed_pool, now=now()) == f"{DAY} untrusted key"
    assert kinds_open(closed_pool) == ["day_seal_broken"]
    assert alarms("day_seal_broken", closed_pool) == 1
    settings.DAY_SEAL_PUBLIC_KEYS = frozenset({signing.own_public_key()})
    assert watching.check_seals(closed_pool, now=now()) is None
    assert kinds_open(closed_pool) == []


def test_where_no_key_is_pinned_outside_a_sandbox_no_seal_is_believed(closed_pool, settings):
    settings.DAY_SEAL_PUBLIC_KEYS = frozenset()
    settings.IS_SANDBOX = False
    assert watching.check_seals(closed_pool, now=now()) == f"{DAY} untrusted key"


@pytest.mark.parametrize(
    ("seals", "because"),
    [
        (lambda found: [replace(found[0], signature=None)], "unsigned"),
        (
            lambda found: [
                replace(found[0], signature=replace(found[0].signature, signature=bytes(64)))
            ],
            "signature",
        ),
        (lambda _found: [], "no seal"),
    ],
)
def test_a_missing_or_wrong_signature_is_an_alarm_and_a_case(
    closed_pool, monkeypatch, seals, because
):
    changed = seals(sealing.seals(closed_pool, first=DAY, last=DAY))
    monkeypatch.setattr(sealing, "seals", lambda *_pool, **_span: changed)
    assert watching.check_seals(closed_pool, now=now()) == f"{DAY} {because}"
    assert kinds_open(closed_pool) == ["day_seal_broken"]
    assert alarms("day_seal_broken", closed_pool) == 1


def test_every_pool_is_derived_anew_in_turn(closed_pool, monkeypatch):
    assert watching.rederive(closed_pool, now=now()).sound
    assert BookCheck.objects.get(pool=closed_pool).found == 0
    assert watching.next_pool() != closed_pool or len(sealing.pools()) == 1
    wrong = Finding(rule="x", pool=closed_pool, subject="y", detail="z", zh="", en="")
    said = [Report(pool=closed_pool, findings=found, on_their_way=[], rules=1)
            for found in ([], [wrong])]  # fmt: skip
    monkeypatch.setattr(watching, "check", lambda _pool: said.pop())
    assert not watching.rederive(closed_pool, now=now()).sound
    assert kinds_open(closed_pool) == ["book_unsound"]
    assert alarms("book_unsound", closed_pool) == 1
    watching.rederive(closed_pool, now=now())
    assert kinds_open(closed_pool) == []


def test_the_report_of_a_closed_day_is_kept_and_comes_out_the_same_whatever_arrives(
    closed_pool, service_connection
):
    kept = keeping.keep(closed_pool, DAY, now=now())
    assert kept.digest == hashlib.sha256(kept.told.encode()).digest()
    book.post([confirmed(closed_pool, 90)])
    again = keeping.keep(closed_pool, DAY, now=now())
    assert (again.pk, again.told) == (kept.pk, kept.told), "kept once"
    assert keeping.tell_again(now(), pool=closed_pool) == []
    assert keeping.keep(closed_pool, NEXT, now=now()) is None, "an open day has nothing to keep"
    for words in (
        "UPDATE custody_closing_keptreport SET told = '{}'",
        "DELETE FROM custody_closing_keptreport",
        "DELETE FROM custody_closing_bookcheck",
    ):
        with pytest.raises(psycopg.Error), service_connection.transaction():
            service_connection.execute(words)


def test_a_figure_that_came_out_otherwise_is_an_alarm_and_a_case(closed_pool, monkeypatch):
    keeping.keep(closed_pool, DAY, now=now())
    told = keeping.figures
    monkeypatch.setattr(keeping, "figures", lambda *about: told(*about).replace("500", "501"))
    (changed,) = keeping.tell_again(now(), pool=closed_pool)
    assert (changed.pool, changed.day) == (closed_pool, DAY)
    assert kinds_open(closed_pool) == ["closed_day_changed"]
    assert alarms("closed_day_changed", closed_pool) == 1


def test_the_tasks_keep_every_closed_day(closed_pool):
    tasks.keep_reports()
    while keeping.keep_due(now()):
        pass
    assert KeptReport.objects.filter(pool=closed_pool, day=DAY).count() == 1
    tasks.check_books()


def test_a_channel_without_a_bill_is_signed_for_or_waited_for(account):
    """Nothing was delivered by anybody: matching finds no difference, and the day does not pass."""
    pool = account.pool
    paid(pool, 500)
    pools.cut(pool, NEXT)
    bank_tells(account)
    result = services.close(pool, DAY, now=now())
    assert (failed(result), result.needs_exception) == ({"I9.bill"}, True)
    (found,) = next(gate for gate in result.gates if gate.rule == "I9.bill").findings
    assert (found.amount_fen, found.detail) == (500, "no line of a bill was delivered")
    asked = services.ask_exception(pool, DAY, maker=an_officer(pool), because="none", now=now())
    result = services.sign_exception(asked.pk, checker=an_officer(pool), now=now())
    assert result.state == "closed"
    assert services.lift_mended(pool, now=now()) == []
    paid(pool, 700)
    bills_come(pool)
    assert services.lift_mended(pool, now=now()) == ["I9.bill"], "today's own bill is not due yet"


def test_what_a_channel_owes_beside_its_bill_and_payout_is_listed(account):
    """Booked 500, billed 480; then paid 477 with a fee of 3: nothing is due, 20 are left over."""
    pool = account.pool
    story = paid(pool, 500)
    batch = story.confirmed.debit.owner
    line = worlds.life(pool, "1", 480, day=DAY).bill
    matching.deliver([replace(line, batch=batch, fee_in_100000=3_000)])
    pools.cut(pool, NEXT)
    bank_tells(account)
    result = services.close(pool, DAY, now=now())
    listed = next(gate for gate in result.gates if gate.rule == "I3c")
    assert listed.passed
    assert [(each.subject, each.amount_fen) for each in listed.findings] == [(batch, -20)]
    book.post([replace(settled(account, 477), id=new_id(NOW))])
    matching.deliver([
        worlds.line(pool, worlds.Side.BANK, "p", 477, batch=batch, day=NEXT, known_at=now())
    ])  # fmt: skip
    (left,) = channels.differing(pool, DAY, now())
    assert left.amount_fen == 0 - (500 - 477)


def test_cash_that_no_bank_has_told_of_is_listed_by_box(account):
    pool = account.pool
    book.post([
        Posting(
            pool=pool, id=new_id(NOW), code="cash_accepted",
            debit=Ref(kind="cash_in_transit", owner="box 7"),
            credit=Ref(kind="received", owner=str(new_id(NOW))), amount_fen=900, event_at=NOW,
        )
    ])  # fmt: skip
    pools.cut(pool, NEXT)
    bank_tells(account)
    result = services.close(pool, DAY, now=now())
    assert result.state == "closed"
    (listed,) = next(gate for gate in result.gates if gate.rule == "I3c").findings
    assert (listed.subject, listed.amount_fen) == ("box box 7", 900)


def test_the_database_wants_the_gates_that_there_are(account):
    registered = dict(gates.rules())
    for rule, (blocks, _own) in sealing.wanted_gates().items():
        assert registered[rule] == blocks, rule
