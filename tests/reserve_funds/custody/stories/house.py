"""A pool whose money is told line by line: its bank, its officers, its book, its coverage, its day.

Every line of a story is written `code debit-kind owner credit-kind owner fen`, and every owner by
the name the story gives it, so that a posting nobody expected, or of another owner, fails it.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.custody.bank import booking, instructions, requests, standing
from reserve_funds.custody.bank.recognition import Rule
from reserve_funds.custody.bridges import listing
from reserve_funds.custody.closing import services as closing
from reserve_funds.custody.coverage import figures, vetoes
from reserve_funds.ledger import book, pools, queries
from reserve_funds.ledger.check import check_figures
from reserve_funds.ledger.values import Ref
from tests.reserve_funds.conftest import DAY, NOW, fresh_pool_number
from tests.reserve_funds.custody.bank.banks import Bank
from tests.reserve_funds.custody.bank.conftest import an_account
from tests.reserve_funds.custody.bank.officers import PAYEE, an_officer, moment
from tests.reserve_funds.custody.closing.conftest import bills_come

NEXT = DAY + timedelta(days=1)
_ACTS = {1: "", 2: "(held)", 3: "(settled)", 4: "(released)"}
_TOLD = """
SELECT t.act::int, t.code, dk.name, d.owner, ck.name, c.owner, t.amount_fen
  FROM ledger.transfer t
  JOIN ledger.account d ON d.pool = t.pool AND d.id = t.debit_account
  JOIN ledger.account c ON c.pool = t.pool AND c.id = t.credit_account
  JOIN ledger.account_kind dk ON dk.number = t.debit_kind
  JOIN ledger.account_kind ck ON ck.number = t.credit_kind
 WHERE t.pool = %s
"""


def lines_of(pool, names):
    """Every transfer of a pool, sorted: an order among what is booked at one moment means nothing.

    `names` are the story's names of owners; what has no name stands as it is.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [pool])
        rows = cursor.fetchall()
    named = {str(owner): name for owner, name in names.items()}
    return sorted(
        f"{code}{_ACTS[act]} {debit} {named.get(of, of)} {credit} {named.get(to, to)} {fen}"
        for act, code, debit, of, credit, to, fen in rows
    )


def written(story):
    """A story's lines as they are compared."""
    return sorted(" ".join(line.split()) for line in story.strip().splitlines())


def assert_sound(pool, *, held, owed, due=0, overdrawn=0):
    """Both books balance, every mirror mirrors, and coverage is this, to the fen."""
    assert check_figures(pool).findings == []
    sides = {}
    for line in queries.trial_balance(pool, pools.open_day(pool)):
        debit, credit = sides.get(line.book, (0, 0))
        sides[line.book] = (debit + line.debit_fen, credit + line.credit_fen)
    assert all(debit == credit for debit, credit in sides.values()), sides
    assert [each.unexplained_fen for each in listing.mirrors(pool) if each.unexplained_fen] == []
    told = figures.of(pool)
    assert (
        told.held_fen, told.positive_liabilities_fen, told.cover_due_fen, told.overdrawn_fen
    ) == (held, owed, due, overdrawn)  # fmt: skip
    assert owed - held == due + overdrawn, "the story's own figures contradict each other"
    assert sum(fen for _, fen in figures.leaves(pool)) == owed, "bottom-up per holder"


def failed(result):
    """The gates that did not pass."""
    return {gate.rule for gate in result.gates if not gate.passed}


class House:
    """An open pool with a reserve account at its bank, an income account, and two officers."""

    def __init__(self, *, pool=None, day=DAY):
        self.pool = pool or fresh_pool_number()
        if pool is None:
            pools.open_pool(self.pool, "MOT", day)
        self.account = an_account(self.pool, form="camt053")
        self.income = an_account(self.pool, use="income")
        self.bank = Bank(account=self.account, day=day)
        self.maker, self.checker = an_officer(self.pool), an_officer(self.pool)
        self.names = {self.account.id: "bank", self.income.id: "own-bank"}

    def call(self, name, value=None):
        """A new identifier (or a given one) under the story's name for it."""
        value = value or new_id(NOW)
        self.names[str(value)] = name
        return value

    def lines(self):
        return lines_of(self.pool, self.names)

    def fen(self, kind, owner):
        return queries.balance_fen(self.pool, Ref(kind=kind, owner=str(owner)))

    def sound(self, **figures_):
        assert_sound(self.pool, **figures_)

    def paid(self, payment, order, fen, *, channel="wechat", day=DAY):
        """A payment over a channel, for an order."""
        book.post([
            postings.payment_confirmed(self.pool, payment, channel=channel, settlement_day=day,
                                       amount_fen=fen, event_at=NOW),
            postings.payment_allocated(self.pool, payment, order, amount_fen=fen, event_at=NOW),
        ])  # fmt: skip

    def loaded(self, load, order, card, fen):
        """Sealed, and proven by the card."""
        held = book.hold(
            postings.load_sealed(self.pool, load, order, card, amount_fen=fen, event_at=NOW)
        )
        book.settle(self.pool, held.id, event_at=NOW)

    def knows(self, name, kind, **words):
        """Two officers say by what this bank's entries are known."""
        word = standing.ask_rule(
            Rule(name=name, kind=kind, **words), account=self.account, maker=self.maker,
            now=moment(),
        )  # fmt: skip
        standing.approve(word.id, checker=self.checker, now=moment())

    def instructed(self, purpose, source, fen, *, payee=PAYEE):
        """Asked by one officer, allowed by another, told to the bank: its instruction."""
        request = requests.ask(
            pool=self.pool, purpose=purpose, source=source, payee=payee, amount_fen=fen,
            account=self.account, because="a story", maker=self.maker, now=moment(),
        )  # fmt: skip
        (made,) = requests.approve(request.id, checker=self.checker, now=moment())
        sent = instructions.sending(made.id, now=moment())
        self.call("instruction", sent.in_transit.owner)
        return sent

    def ends(self, day=DAY):
        """The cut; the bank tells the day and is booked; the day is tried."""
        pools.cut(self.pool, day + timedelta(days=1))
        return self.closes(day)

    def closes(self, day=DAY):
        if self.bank.day <= day:
            self.bank.day = day
            self.bank.tell()
        bills_come(self.pool, day)
        booking.book(self.account, now=moment())
        return closing.close(self.pool, day, now=moment())

    def signed(self, day, *rules):
        """Nothing blocks, these conditions are true and bad: two officers sign, the day closes."""
        result = closing.close(self.pool, day, now=moment())
        assert (result.needs_exception, failed(result)) == (True, set(rules))
        asked = closing.ask_exception(
            self.pool, day, maker=self.maker, because="a story", now=moment()
        )
        result = closing.sign_exception(asked.pk, checker=self.checker, now=moment())
        assert result.state == "closed"
        return result

    def may_sweep(self, fen=None):
        vetoes.may_sweep(self.pool, moment(), amount_fen=fen)
