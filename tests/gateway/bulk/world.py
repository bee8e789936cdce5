"""An enterprise of a test's province, its officers, and the bank that brings its money."""

from __future__ import annotations

import io
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts import clock, duties, roles, trail
from accounts.actors import SYSTEM
from accounts.identifiers import new_id
from accounts.models import Person, TransitCard
from gateway.bulk import credit_codes, enterprises, funding, ordering, taking, tasks
from gateway.bulk.models import BulkOrder, BulkRow, Enterprise
from gateway.topup.models import TopUp
from reserve_funds.custody.bank import understanding
from reserve_funds.custody.bank.models import CustodyAccount, Instruction
from tests.gateway.bulk.sheets import text
from tests.reserve_funds.custody.bank.banks import Bank
from tests.reserve_funds.custody.bank.conftest import an_account
from tests.support.officers import Seated, seat
from tests.support.province import Province

NAME = "郑州测试机械有限公司"
PAYER_NO = "41050161570800001234"


def a_credit_code() -> str:
    """A code that nobody has and that checks."""
    first = f"91410100{secrets.randbelow(10**9):09d}"
    return first + credit_codes.check_digit(first)


def registered(pool: int, maker: Person, checker: Person) -> Enterprise:
    """A unit of this pool, registered by these two."""
    asked = enterprises.ask(
        pool=pool, credit_code=a_credit_code(), name=NAME, maker=maker, now=clock.now()
    )
    return enterprises.approve(asked.pk, checker=checker, now=clock.now())


def a_unit(pool: int) -> Enterprise:
    """A unit of this pool, registered by two officers whom nobody needs any more."""
    maker, checker = (seat((roles.FINANCE_OFFICER, pool)).person for _ in range(2))
    return registered(pool, maker, checker)


class World:
    """One pool's finance officers, one enterprise, one bank account of the reserve."""

    def __init__(self, pool: int) -> None:
        self.pool = pool
        self.maker_seat: Seated = seat((roles.FINANCE_OFFICER, pool), name="王明")
        self.checker_seat: Seated = seat((roles.FINANCE_OFFICER, pool), name="赵敏")
        self.maker: Person = self.maker_seat.person
        self.checker: Person = self.checker_seat.person
        now = clock.now()
        self.account: CustodyAccount = an_account(pool)
        self.bank = Bank(account=self.account, day=clock.business_day(now), balance_fen=0)
        self.enterprise: Enterprise = registered(pool, self.maker, self.checker)

    @classmethod
    def of(cls, province: Province) -> World:
        return cls(province.pool)

    def brings(self, *rows: tuple[str, str, Any], content: bytes = b"") -> BulkOrder:
        """The enterprise brings a list of (label, card number, yuan)."""
        return taking.take(
            io.BytesIO(content or text(rows)), name="名单.csv", enterprise=self.enterprise,
            officer=self.maker, now=clock.now(),
        )  # fmt: skip

    def approved(self, *rows: tuple[str, str, Any]) -> BulkOrder:
        order = self.brings(*rows)
        asked = ordering.ask(order.pk, maker=self.maker, now=clock.now())
        return ordering.approve(asked.pk, checker=self.checker, now=clock.now())

    def pays(self, order: BulkOrder, fen: int, *, payer_no: str = PAYER_NO) -> UUID:
        """The enterprise's transfer is on the statement, and two officers say what it is for."""
        (reading,) = self.bank.line(
            fen, counterparty_no=payer_no, counterparty_name=NAME, remark=order.number
        ).book()
        word = funding.recognise(order.pk, reading.entry_id, maker=self.maker, now=clock.now())
        understanding.approve(word.pk, checker=self.checker, now=clock.now())
        self.works(tasks.UNDERSTOOD, word.pk)
        self.works(ordering.SHARE, order.pk)
        entry_id: UUID = reading.entry_id
        return entry_id

    def shared(self, *rows: tuple[str, str, Any]) -> BulkOrder:
        order = self.approved(*rows)
        self.pays(order, order.amount_fen)
        order.refresh_from_db()
        assert order.state == "shared"
        return order

    def works(self, kind: str, subject: UUID, *, later: timedelta = timedelta()) -> None:
        """The worker takes this duty, now or later."""
        duties.work_one(kind, subject, clock.now() + later)

    def told(self, instruction: Instruction, *, back: bool = False) -> None:
        """The bank's statement tells that a payment of ours left, or came back."""
        fen = instruction.amount_fen if back else None
        self.bank.of(instruction, fen).book()
        instruction.refresh_from_db()
        self.works(tasks.BANK_SAID, instruction.pk)


def a_claim(card: TransitCard, now: datetime) -> TopUp:
    """A claim for a card, given by an enterprise whose order stands only as far as that needs."""
    pool = card.operator.pool
    unit, own_id = a_unit(pool), new_id(now)
    order = BulkOrder.objects.create(
        id=own_id, number=taking.number_of(own_id, now), enterprise=unit, pool=pool,
        file_digest="0" * 64, rows_total=1, rows_good=1, amount_fen=5_000,
        maker=unit.registered_by, drafted_at=now, claim_days=90,
    )  # fmt: skip
    row = BulkRow.objects.create(
        id=new_id(now), order=order, line_no=2, asn=card.asn, amount_fen=5_000, twin_line=0
    )
    claim = TopUp.objects.create(id=row.pk, pool=pool, card=card, amount_fen=5_000, placed_at=now)
    trail.advance(claim, to="paid", actor=SYSTEM, because="a test", now=now, paid_at=now)
    return claim
