"""Officers of a fresh pool, money of every sort in its book, and outflows of every purpose."""

from __future__ import annotations

import secrets
from datetime import timedelta

from accounts import people
from accounts.clock import now as clock_now
from accounts.identifiers import new_id
from reserve_funds import income, postings
from reserve_funds.custody.bank import payees, requests
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.custody.placements.models import Placement
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book, pools
from reserve_funds.ledger.values import Ref
from tests.reserve_funds.conftest import DAY
from tests.reserve_funds.custody.bank.conftest import an_account

PAYEE = Payee(account_no="6222021702012345678", name="示例公交有限公司", bank_code="102491002013")
GUARDED_SOURCES = {
    Purpose.CLEARING_SETTLEMENT: "settlement_due",
    Purpose.REDEMPTION: "redemption_payable",
    Purpose.REFUND_TO_PAYER: "refunds_in_flight",
    Purpose.REPAYMENT: "unloaded_orders",
    Purpose.DEPOSIT_RETURN: "deposits_held",
}


def moment():
    """Approvals expire by the database's clock."""
    return clock_now()


def an_officer(pool, role="finance_officer"):
    person = people.enrol(f"138{secrets.randbelow(10**8):08d}", moment())
    people.grant(person, role, pool=pool, granted_by=None, now=moment() - timedelta(minutes=1))
    return person


class Desk:
    """An open pool with two reserve accounts, an income account, three officers and money."""

    def __init__(self, *, profile="MOT"):
        self.account = an_account()
        self.pool = self.account.pool
        pools.open_pool(self.pool, profile, DAY)
        self.other = an_account(self.pool)
        self.income = an_account(self.pool, use="income")
        self.maker, self.checker, self.third = (an_officer(self.pool) for _ in range(3))

    def deposit(self, kind, amount_fen):
        """Somebody's money in an account of this kind, as the book comes to hold it."""
        paid, at = new_id(moment()), moment()
        steps = [
            postings.payment_confirmed(
                self.pool, paid, channel="wechat", settlement_day=DAY, amount_fen=amount_fen,
                event_at=at,
            )
        ]  # fmt: skip
        if kind == "own_income_in_reserve":
            book.post(
                [
                    *steps,
                    *income.allocated(
                        self.pool, paid, source="fares", amount_fen=amount_fen, event_at=at
                    ),
                ]
            )
            return Ref(kind=kind, owner="fares")
        if kind in ("unloaded_orders", "deposits_held", "wallet"):
            target = Ref(kind=kind, owner=str(new_id(moment())))
            steps.append(
                postings.allocated_to(self.pool, paid, target, amount_fen=amount_fen, event_at=at)
            )
            book.post(steps)
            return target
        order = new_id(moment())
        steps.append(
            postings.payment_allocated(self.pool, paid, order, amount_fen=amount_fen, event_at=at)
        )
        source = postings.unloaded_order(order)
        book.post(steps)
        return self._moved(source, kind, amount_fen)

    def _moved(self, source, kind, amount_fen):
        owner = Ref(kind=kind, owner=str(new_id(moment())))
        cause, at = new_id(moment()), moment()
        if kind == "settlement_due":
            book.post([
                postings.of("bank_line_unclear", self.pool, cause, debit=self.account.ref,
                            credit=Ref(kind="suspense", owner=str(cause)),
                            amount_fen=amount_fen, event_at=at),
                postings.of("own_part_funded", self.pool, cause, debit=self.account.ref,
                            credit=owner, amount_fen=amount_fen, event_at=at),
            ])  # fmt: skip
            return owner
        code = {"redemption_payable": "redemption_asked", "refunds_in_flight": "refund_asked"}[kind]
        book.post([
            postings.of(code, self.pool, cause, debit=source, credit=owner,
                        amount_fen=amount_fen, event_at=at)
        ])  # fmt: skip
        return owner

    def wish(self, purpose, amount_fen=100_00):
        """What is asked for this purpose: source and payee, with the money there."""
        if purpose in GUARDED_SOURCES:
            return self.deposit(GUARDED_SOURCES[purpose], amount_fen), PAYEE
        if purpose is Purpose.OWN_INCOME_SWEEP:
            source = self.deposit("own_income_in_reserve", amount_fen)
            return source, payees.of_account(self.income)
        if purpose is Purpose.CUSTODY_TRANSFER:
            return self.other.ref, payees.of_account(self.other)
        if purpose is Purpose.CHANNEL_PREFUND:
            return postings.channel_receivable("alipay", DAY), PAYEE
        return self.placement(amount_fen), PAYEE

    def placement(self, amount_fen):
        """What is agreed to be placed, and five times that at the bank."""
        agreed = Placement.objects.create(
            id=new_id(moment()), pool=self.pool, account=self.account, kind="term_deposit",
            institution="示例银行", contract_no=f"C{secrets.randbelow(10**12):012d}",
            principal_fen=amount_fen, rate_bp=150, matures_on=DAY + timedelta(days=20),
            asked_on=DAY, state="asked", asked_at=moment(),
        )  # fmt: skip
        self.deposit("wallet", 5 * amount_fen)
        book.post(
            postings.channel_settled(
                self.pool, new_id(moment()), channel="wechat", settlement_day=DAY,
                bank_account=str(self.account.id), gross_fen=5 * amount_fen, fee_fen=0,
                event_at=moment(),
            )
        )  # fmt: skip
        return agreed.ref

    def ask(self, purpose, amount_fen=100_00, *, maker=None, source=None, payee=None, **more):
        wished, paid = (source, payee) if source else self.wish(purpose, amount_fen)
        return requests.ask(
            pool=self.pool,
            purpose=purpose,
            source=wished,
            payee=payee or paid,
            amount_fen=amount_fen,
            account=more.pop("account", self.account),
            because="a story",
            maker=maker or self.maker,
            now=moment(),
            **more,
        )

    def approved(self, purpose, amount_fen=100_00, **more):
        """The instruction of an approved request, two people's word where it needs them."""
        request = self.ask(purpose, amount_fen, **more)
        made = requests.approve(request.id, checker=self.checker, now=moment())
        made = made or requests.approve(request.id, checker=self.third, now=moment())
        return made[0]
