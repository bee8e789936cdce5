"""Faults at the bank: lines nobody understands, money gone, charges, returns, corrections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from gateway.sandbox.ninety_days.faults import Fault
from gateway.sandbox.ninety_days.trades import Trade, again
from gateway.sandbox.ninety_days.truth import Truth
from gateway.sandbox.ninety_days.world import CHARGE_WORDS, World
from reserve_funds import postings
from reserve_funds.custody.bank import instructions, requests
from reserve_funds.custody.bank.instructions import Answer, Said
from reserve_funds.custody.bank.models import Instruction
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.custody.matching.values import SideLine
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Ref

_DAY = timedelta(days=1)
_PAYEE = Payee(account_no="6222021702012345678", name="王小明", bank_code="102491002013")
WHOLE_STATEMENT = frozenset({Fault.CORRECTED, Fault.NO_STATEMENT})


def inject(world: World, one: Trade, fault: Fault, day: date) -> None:
    """Has the bank do it on that day; `one` is a paid order that a return needs."""
    _FAULTS[fault](world, one, day)


def _odd_fen(world: World) -> int:
    """An amount that no order, fee or other fault of the day has."""
    world.counter += 1
    return world.rng.randint(1_000, 9_000) * 10 + 3 + world.counter % 4


def _keep(world: World, fault: Fault, day: date, subject: str, **more: object) -> None:
    world.truths.inject(
        Truth(fault=fault, pool=world.pool, day=day, subjects=(subject,), **more)  # type: ignore[arg-type]
    )


def _line(world: World, fault: Fault, day: date, fen: int, remark: str, owed_fen: int) -> None:
    def seen(entry: UUID) -> None:
        _keep(world, fault, day, f"bank_entry:{entry}")
        world.owed_fen += owed_fen

    world.line(day, fen, remark, seen=seen)


def _unknown_in(world: World, _one: Trade, day: date) -> None:
    fen = _odd_fen(world)
    _line(world, Fault.UNKNOWN_IN, day, fen, "往来款", fen)


def _unknown_out(world: World, _one: Trade, day: date) -> None:
    _line(world, Fault.UNKNOWN_OUT, day, -_odd_fen(world) // 10, "代扣", 0)


def _charged(world: World, _one: Trade, day: date) -> None:
    _line(world, Fault.CHARGED, day, -_odd_fen(world) // 50, CHARGE_WORDS, 0)


def _reversed(world: World, _one: Trade, day: date) -> None:
    fen = _odd_fen(world)
    _line(world, Fault.REVERSED, day, fen, "误入", fen)

    def back(_entry: UUID) -> None:
        world.owed_fen -= fen

    world.line(day + _DAY, -fen, "误入", seen=back, reversal=True)


def _whole_statement(world: World, _one: Trade, day: date) -> None:
    """The day itself looks these up when the statement is told."""
    _keep(world, Fault.NO_STATEMENT, day, f"day:{day}")


def _corrected(world: World, _one: Trade, day: date) -> None:
    _keep(world, Fault.CORRECTED, day, f"statement:{day}")


def _returned(world: World, one: Trade, day: date) -> None:
    """A refund that the channel could not do goes by bank, comes back, and goes again."""
    one.is_loaded, one.card, one.clearing = False, None, []
    refund_id = world.named("refund", day)
    refund = Ref(kind="refunds_in_flight", owner=str(refund_id))
    assert one.order is not None
    told = replace(
        one.order, source_id=refund_id, amount_fen=-one.amount_fen, key="", number="", batch="",
        fee_in_100000=None, facts={"what": "refund"},
    )  # fmt: skip
    tomorrow = day + _DAY

    def asked(now: datetime) -> None:
        book.post(
            [
                postings.refund_asked(
                    world.pool,
                    refund_id,
                    source=postings.unloaded_order(one.order_id),
                    amount_fen=one.amount_fen,
                    event_at=now,
                )
            ]
        )
        made = _instructed(world, refund, one.amount_fen, now)
        _leaves(world, made, tomorrow)
        world.line(
            tomorrow + _DAY,
            made.amount_fen,
            "退汇",
            our_no=made.number,
            other_no=made.payee_no,
            seen=lambda entry: _came_back(world, entry, one, refund, told, day),
        )

    world.agenda.do[tomorrow].append(asked)


def _came_back(
    world: World, entry: UUID, one: Trade, refund: Ref, told: SideLine, day: date
) -> None:
    world.owed_fen += one.amount_fen

    def again_asked(on: date) -> None:
        def act(now: datetime) -> None:
            _leaves(world, _instructed(world, refund, one.amount_fen, now), on)
            world.agenda.tell[on + _DAY].append(again(told, on + _DAY, day=on))

        world.agenda.do[on].append(act)

    _keep(world, Fault.RETURNED, day, f"bank_entry:{entry}", reaction=again_asked)


def _instructed(world: World, source: Ref, fen: int, now: datetime) -> Instruction:
    maker, checker, third = world.officers
    asked = requests.ask(
        pool=world.pool,
        purpose=Purpose.REFUND_TO_PAYER,
        source=source,
        payee=_PAYEE,
        amount_fen=fen,
        account=world.account,
        because="渠道退款异常, 改由银行退回",
        maker=maker,
        now=now,
    )
    made = requests.approve(asked.id, checker=checker, now=now)
    made = made or requests.approve(asked.id, checker=third, now=now)
    sent = instructions.sending(made[0].id, now=now)
    instructions.answered(sent.id, Answer(state=Said.ACCEPTED), now=now)
    return sent


def _leaves(world: World, made: Instruction, day: date) -> None:
    def paid(_entry: UUID) -> None:
        world.owed_fen -= made.amount_fen

    world.line(day, -made.amount_fen, "退款", our_no=made.number, other_no=made.payee_no, seen=paid)


_FAULTS: Mapping[Fault, Callable[[World, Trade, date], None]] = {
    Fault.UNKNOWN_IN: _unknown_in,
    Fault.UNKNOWN_OUT: _unknown_out,
    Fault.REVERSED: _reversed,
    Fault.CHARGED: _charged,
    Fault.RETURNED: _returned,
    Fault.CORRECTED: _corrected,
    Fault.NO_STATEMENT: _whole_statement,
}
