"""What the officers of a pool do each morning, by what the house shows them and nothing else."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from accounts.actors import Actor
from gateway.sandbox.ninety_days.faults import CASE, Fault
from gateway.sandbox.ninety_days.truth import Truth
from gateway.sandbox.ninety_days.world import COVER_WORDS, World, morning
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank import reversals, understanding
from reserve_funds.custody.bank.matters import CHARGE_CASE, GONE_CASE, RETURNED_CASE, UNCLEAR_CASE
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.cases import services as case_services
from reserve_funds.custody.cases.models import Case
from reserve_funds.custody.coverage import figures, watching
from reserve_funds.custody.matching import deciding
from reserve_funds.custody.matching.models import Decision
from reserve_funds.custody.matching.proposing import propose
from reserve_funds.custody.matching.queries import Told
from reserve_funds.custody.matching.services import differences
from reserve_funds.custody.rules import calendar
from reserve_funds.ledger import queries
from reserve_funds.ledger.values import Ref
from reserve_funds.refs import own_cover_due

_DAY = timedelta(days=1)
_COVER_EVERY = 2
_OF_CASE = {CHARGE_CASE: CoverReason.BANK_CHARGE, GONE_CASE: CoverReason.UNAUTHORISED}


def tells_joint_payouts_apart(world: World, now: datetime) -> None:
    """A payout for several days: two officers give each day its part."""
    for entry, parts in world.joints:
        for owner, fen in parts.items():
            _understood(world, entry, Ref(kind="channel_receivable", owner=owner), fen, now)
            world.owed_fen -= fen
    world.joints.clear()


def ends_differences(world: World, today: date) -> bool:
    """Proposes and accepts for all that is open; whether something new may be told at once."""
    now, at_once = morning(today), False
    for one in differences(world.pool, now=now):
        truth = world.truths.found(one.relation, one.sort.value, one.about)
        if truth is not None and one.state == "overtaken" and truth.how == "voucher":
            truth.how = "voucher, then reversed"
            _taken_back(world, one, now)
        if truth is None or truth.how:
            continue
        truth.found_on = today
        if truth.waits:
            truth.how = "evidence"
            _react(truth, today + _DAY)
        elif truth.fault is Fault.PERIOD:
            truth.how = "hands"
            _by_hand(world, one, now)
        else:
            truth.how = _decided(world, one, now)
            immediately = truth.fault is Fault.NO_BILL
            at_once |= immediately
            _react(truth, today if immediately else today + _DAY)
    return at_once


def ends_cases(world: World, today: date) -> None:
    """Looks at every case that the bank's lines have opened."""
    now = morning(today)
    for case in cases.open_of(world.pool):
        truth = world.truths.found(CASE, case.kind, case.subject)
        if truth is not None and not truth.how:
            truth.found_on = today
            _first_look(world, truth, case, today)
        if case.kind in _OF_CASE:
            due = queries.balance_fen(world.pool, own_cover_due(_OF_CASE[case.kind]))
            if due <= 0:
                _over(world, case, "自有资金已补足", now)


def covers(world: World, today: date, last: date) -> date:
    """Every second working day own money brings what the house proposes; when it did last."""
    if not calendar.is_working(today) or calendar.working_days_between(last, today) < _COVER_EVERY:
        return last
    for wanted in watching.top_up(figures.of(world.pool), today):
        world.line(today, wanted.amount_fen, f"{COVER_WORDS}{wanted.reason}")
    return today


def _first_look(world: World, truth: Truth, case: Case, today: date) -> None:
    now = morning(today)
    entry = case.subject.removeprefix("bank_entry:")
    if truth.fault is Fault.UNKNOWN_IN:
        payer = postings.received(world.named("payer", today))
        _understood(world, UUID(entry), payer, None, now)
        truth.how = "understood"
    elif case.kind == RETURNED_CASE:
        _react(truth, today + _DAY)
        _over(world, case, "重新申请付款", now)
        truth.how = "asked again"
    elif case.kind == UNCLEAR_CASE:
        truth.how = "evidence"
    else:
        truth.how = "own cover" if case.kind in _OF_CASE else "evidence"


def _decided(world: World, one: Told, now: datetime) -> str:
    maker, checker, _third = world.officers
    voucher = propose(one.id, now=now)
    asked = deciding.ask(
        one.id,
        voucher.choice,
        maker=maker,
        reason=f"九十日演练: {voucher.zh}",
        seen=voucher.seen,
        now=now,
    )
    deciding.accept(asked.id, checker=checker, now=now)
    world.owed_fen += voucher.owed_fen
    return "voucher" if voucher.postings else "act"


def _taken_back(world: World, one: Told, now: datetime) -> None:
    """Later evidence made the voucher one too many: its postings are reversed by two officers."""
    maker, checker, _third = world.officers
    [made] = Decision.objects.filter(difference=one.id, kind="voucher", state="done")
    booked = [UUID(each["id"]) for each in made.content["postings"]]
    asked = reversals.ask(world.pool, booked, because="账单行后来到了", maker=maker, now=now)
    reversals.approve([word.id for word in asked], checker=checker, now=now)


def _by_hand(world: World, one: Told, now: datetime) -> None:
    maker, checker, _third = world.officers
    lines = [UUID(each[0]) for side in ("left", "right") for each in one.evidence[side]]
    asked = deciding.match(
        lines, relation=one.relation, maker=maker, reason="同一笔, 记账日不同", now=now
    )
    deciding.accept(asked.id, checker=checker, now=now)


def _understood(world: World, entry: UUID, whose: Ref, fen: int | None, now: datetime) -> None:
    maker, checker, _third = world.officers
    word = understanding.ask(
        entry, as_=whose, amount_fen=fen, because="已与付款方核实", maker=maker, now=now
    )
    understanding.approve(word.id, checker=checker, now=now)


def _react(truth: Truth, day: date) -> None:
    if truth.reaction is not None:
        truth.reaction(day)


def _over(world: World, case: Case, because: str, now: datetime) -> None:
    officer = Actor(kind="officer", id=str(world.officers[0].pk))
    case_services.close_case(
        case.kind, pool=world.pool, subject=case.subject, actor=officer, because=because, now=now
    )
