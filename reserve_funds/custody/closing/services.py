"""Closes days: every gate is tried, then the day is sealed, or blocked with what was found."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from accounts import approvals, roles, trail
from accounts.actors import SYSTEM
from accounts.clock import business_day
from accounts.identifiers import new_id
from accounts.models import Approval, Person
from reserve_funds.custody.cases import kinds
from reserve_funds.custody.cases.services import close_case, open_case
from reserve_funds.custody.closing import conditions, gates, integrity
from reserve_funds.custody.closing.errors import DayNeedsNoException, DayUnknown
from reserve_funds.custody.closing.gates import Look
from reserve_funds.custody.closing.models import DayCheck
from reserve_funds.custody.closing.signing import SecretKeySigner, Signer
from reserve_funds.custody.closing.values import DayResult, Gate, exception_words
from reserve_funds.custody.coverage import stops
from reserve_funds.custody.coverage.models import Stop
from reserve_funds.custody.matching import services as matching
from reserve_funds.ledger import pools, sealing
from reserve_funds.ledger.sealing import ToldGate

PURPOSE = "day_exception"
BLOCKED = kinds.register(
    "day_blocked", zh="营业日未能结账", en="A business day could not be closed", working_days=1
)
_PATIENCE = "SET LOCAL statement_timeout = '10min'"
_STOP = "day_exception:"
_OPEN_FOR = timedelta(days=2)
# the gates register themselves when their modules are read
GATES = (integrity, conditions)


def close(pool: int, day: date, *, now: datetime, signer: Signer | None = None) -> DayResult:
    """Tries every gate and seals the day, or blocks it; a closed day is told as it was closed.

    Conditions are sealed when two officers have signed exactly what was found. Open no transaction
    around it. DayNotInState (open, or another check began), DayUnknown.
    """
    if sealing.state_of(pool, day) is None:
        raise DayUnknown(pool=pool, day=day.isoformat())
    check = sealing.check_day(pool, day)
    if check == 0:
        return DayResult(pool=pool, day=day, state="closed", gates=(), checked_at=now)
    matching.run(pool, now=now)
    tried = gates.run(Look(pool=pool, day=day, now=now, check=check))
    open_gates = tuple(gate for gate in tried if not gate.passed)
    words = exception_words(open_gates)
    blocked = any(gate.blocks for gate in open_gates)
    approval = None if blocked or not open_gates else _signed(pool, day, words, now)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_PATIENCE)
        if blocked or (open_gates and approval is None):
            sealing.block_day(pool, day, check)
            return _blocked(pool, day, tried, now)
        sealing.tell_gates(pool, day, check, _told(tried))
        text = sealing.seal_day(
            pool, day, check, exception=words, approval_id=approval.pk if approval else None
        )
        sealing.sign_seal(pool, day, (signer or SecretKeySigner()).sign(text.encode()))
        return _closed(pool, day, tried, now)


def ask_exception(pool: int, day: date, *, maker: Person, because: str, now: datetime) -> Approval:
    """One officer asks to seal the day although conditions fail; another decides (`approvals`).

    Bound to exactly what was found: a finding more and it is another exception. DayUnknown;
    DayNeedsNoException when the day is closed, something blocks it, or nothing is wrong.
    """
    state = sealing.state_of(pool, day)
    if state is None:
        raise DayUnknown(pool=pool, day=day.isoformat())
    tried = gates.run(Look(pool=pool, day=day, now=now))
    open_gates = tuple(gate for gate in tried if not gate.passed)
    if state.state in ("open", "closed") or not open_gates or any(g.blocks for g in open_gates):
        raise DayNeedsNoException(pool=pool, day=day.isoformat(), state=state.state)
    words = exception_words(open_gates)
    return approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=pool,
        content={
            "day": day.isoformat(),
            "because": because[:200],
            "gates": [gate.as_facts() for gate in open_gates],
        },
        fingerprint=_fingerprint(pool, day, words),
        now=now,
        expires_at=now + _OPEN_FOR,
        checker_role=roles.FINANCE_OFFICER,
    )


def sign_exception(approval_id: UUID, *, checker: Person, now: datetime) -> DayResult:
    """A second officer signs and the day is tried again. Errors of `approvals.approve`."""
    approval = approvals.approve(approval_id, checker=checker, now=now)
    return close(approval.pool, date.fromisoformat(approval.content["day"]), now=now)


def close_due(now: datetime) -> list[DayResult]:
    """Tries every day that is cut and not closed, oldest first.

    The later days of a pool wait for the first one that does not close.
    """
    done: list[DayResult] = []
    waiting: set[int] = set()
    for pool, day in sealing.to_close():
        if pool in waiting:
            continue
        result = close(pool, day, now=now)
        done.append(result)
        if result.state != "closed":
            waiting.add(pool)
    return done


def lift_all_mended(now: datetime) -> None:
    """Every pool that an exception has stopped is looked at again."""
    rows = Stop.objects.filter(state="standing", subject__startswith=_STOP)
    for pool in sorted(set(rows.values_list("pool", flat=True))):
        lift_mended(pool, now=now)


def lift_mended(pool: int, *, now: datetime) -> list[str]:
    """Lifts what an exception stopped, once its gate passes on the open day; which rules."""
    today = Look(pool=pool, day=pools.open_day(pool), now=now)
    mended = [
        stop.subject.removeprefix(_STOP)
        for stop in stops.standing(pool)
        if stop.subject.startswith(_STOP)
        and gates.run_one(stop.subject.removeprefix(_STOP), today).passed
    ]
    for rule in mended:
        stops.lift(pool, subject=_STOP + rule, actor=SYSTEM, because="mended", now=now)
    return mended


def last_check(pool: int, day: date) -> DayCheck | None:
    """What the last check of a day found."""
    rows = DayCheck.objects.filter(pool=pool, day=day).order_by("-checked_at", "-id")
    return rows.first()


def _signed(pool: int, day: date, words: str, now: datetime) -> Approval | None:
    """An approved and unspent approval of exactly these words; the book spends it."""
    return Approval.objects.filter(
        pool=pool,
        purpose=PURPOSE,
        state="approved",
        fingerprint=_fingerprint(pool, day, words),
        expires_at__gt=now,
    ).first()


def _fingerprint(pool: int, day: date, words: str) -> bytes:
    return hashlib.sha256(sealing.exception_text(pool, day, words)).digest()


def _told(tried: tuple[Gate, ...]) -> list[ToldGate]:
    """What the database wants to be told before it seals; what it answers itself is left out."""
    own = {rule for rule, (_blocks, own) in sealing.wanted_gates().items() if own}
    return [
        ToldGate(rule=gate.rule, passed=gate.passed, found=gate.digest)
        for gate in tried
        if gate.rule not in own
    ]


def _blocked(pool: int, day: date, tried: tuple[Gate, ...], now: datetime) -> DayResult:
    open_case(
        BLOCKED,
        pool=pool,
        subject=f"day:{day.isoformat()}",
        now=now,
        gates=",".join(gate.rule for gate in tried if not gate.passed),
    )
    return _kept(pool, day, "blocked", tried, now)


def _closed(pool: int, day: date, tried: tuple[Gate, ...], now: datetime) -> DayResult:
    close_case(
        BLOCKED, pool=pool, subject=f"day:{day.isoformat()}", actor=SYSTEM, because="closed",
        now=now,
    )  # fmt: skip
    for gate in tried:
        if not gate.passed:
            stops.stop(pool, subject=_STOP + gate.rule, because=gate.zh, actor=SYSTEM, now=now)
    trail.record(
        "day_closed", actor=SYSTEM, now=now, subject=f"day:{pool}:{day.isoformat()}", pool=pool,
        business_day=business_day(now).isoformat(),
    )  # fmt: skip
    return _kept(pool, day, "closed", tried, now)


def _kept(pool: int, day: date, outcome: str, tried: tuple[Gate, ...], now: datetime) -> DayResult:
    """A check that found the same as the one before it is not written down again."""
    facts = [gate.as_facts() for gate in tried]
    before = last_check(pool, day)
    if before is None or (before.outcome, before.gates) != (outcome, facts):
        DayCheck.objects.bulk_create([
            DayCheck(
                id=new_id(now), pool=pool, day=day, outcome=outcome, gates=facts, checked_at=now
            )
        ])  # fmt: skip
    return DayResult(pool=pool, day=day, state=outcome, gates=tried, checked_at=now)
