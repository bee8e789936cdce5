"""One pool of the simulation: its account, officers, rules, and what is to come on each day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID

from accounts import people
from accounts.clock import SHANGHAI
from accounts.identifiers import new_id, outside_id
from accounts.models import PartnerBank, Person
from accounts.roles import FINANCE_OFFICER
from gateway.sandbox import custody_banks
from gateway.sandbox.ninety_days.bank import Bank, Word
from gateway.sandbox.ninety_days.truth import Book
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank import standing
from reserve_funds.custody.bank.matters import UNCLEAR_CASE
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.custody.bank.recognition import Known, Rule
from reserve_funds.custody.bank.registering import NewAccount
from reserve_funds.custody.matching.values import SideLine
from reserve_funds.ledger import pools
from reserve_funds.ledger.values import Posting

PROFILE = "MOT"
CHANNELS = {
    "wechatpay": "微信结算",
    "alipay": "支付宝结算",
    "unionpay": "银联结算",
    "bank_guomi": "国密结算",
}
CASH_WORDS, COVER_WORDS, CHARGE_WORDS, INTEREST_WORDS = "现金解款", "补足", "手续费", "结息"
BANKS = {
    "sim_city": ("bank-csv", "城市商业银行"),
    "sim_rural": ("bank-fixed", "农村信用联社"),
    "sim_state": ("camt053", "国有银行"),
    "sim_swift": ("mt940", "股份制银行"),
}

Later = Callable[[datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoingHome:
    """A paid order that was never loaded and waits for a batch of its channel that can net it."""

    order_id: UUID
    amount_fen: int
    since: date


@dataclass(slots=True)
class Agenda:
    """What comes on which day: lines told in the morning, bank lines booked, acts to be done."""

    tell: dict[date, list[SideLine]] = field(default_factory=lambda: defaultdict(list))
    bank: dict[date, list[Word]] = field(default_factory=lambda: defaultdict(list))
    do: dict[date, list[Later]] = field(default_factory=lambda: defaultdict(list))


@dataclass(slots=True, kw_only=True)
class World:
    """One pool. `owed_fen` is reckoned beside the house: what customers must be owed in all.

    `postings` and `holds` are booked with the day's business, and change it by `coming_fen`.
    """

    pool: int
    rng: Random
    account: CustodyAccount
    own: CustodyAccount
    officers: tuple[Person, Person, Person]
    bank: Bank
    agenda: Agenda = field(default_factory=Agenda)
    truths: Book = field(default_factory=Book)
    postings: list[Posting] = field(default_factory=list)
    holds: list[Posting] = field(default_factory=list)
    unclosed: list[date] = field(default_factory=list)
    files: list[tuple[bytes, dict[str, UUID]]] = field(default_factory=list)
    owed_fen: int = 0
    coming_fen: int = 0
    counter: int = 0
    seen: dict[str, Callable[[UUID], None]] = field(default_factory=dict)
    refunds: dict[str, list[GoingHome]] = field(default_factory=lambda: defaultdict(list))
    joints: list[tuple[UUID, dict[str, int]]] = field(default_factory=list)

    def line(
        self,
        day: date,
        fen: int,
        remark: str,
        *,
        seen: Callable[[UUID], None] | None = None,
        our_no: str = "",
        other_no: str = "",
        reversal: bool = False,
    ) -> None:
        """The bank books this line on that day; `seen` is told its entry once it is stored."""
        self.counter += 1
        key = str(self.counter) if seen else ""
        if seen:
            self.seen[key] = seen
        word = Word(fen=fen, remark=remark, key=key, our_no=our_no, other_no=other_no,
                    reversal=reversal)  # fmt: skip
        self.agenda.bank[day].append(word)

    def joint(self, entry: UUID, parts: dict[str, int]) -> None:
        """A payout for several days: it lies in suspense until two officers tell it apart."""
        self.joints.append((entry, parts))
        self.truths.habit(UNCLEAR_CASE, f"bank_entry:{entry}")
        self.owed_fen += sum(parts.values())

    def named(self, what: str, day: date) -> UUID:
        """A fresh identifier of the outside, the same in every run of the same seed."""
        self.counter += 1
        return outside_id(f"ninety:{self.pool}:{what}", day, str(self.counter))


def noon(day: date) -> datetime:
    """Midday in Shanghai."""
    return datetime.combine(day, time(12), SHANGHAI).astimezone(UTC)


def morning(day: date) -> datetime:
    """Half past ten in Shanghai: bills and statements of the day before are there."""
    return datetime.combine(day, time(10, 30), SHANGHAI).astimezone(UTC)


def told_at(day: date) -> datetime:
    """When what is told on a morning became known: early enough that no grace hides it."""
    return morning(day) - timedelta(hours=2)


def opened(
    pool: int, first_day: date, officers: tuple[Person, Person, Person], *, seed: int, now: datetime
) -> World:
    """A pool with its book, its two accounts at its bank, and the rules that know its lines."""
    code = list(BANKS)[pool % len(BANKS)]
    form, name = BANKS[code]
    bank = PartnerBank.objects.filter(code=code).first() or PartnerBank.objects.create(
        id=new_id(now), code=code, name=name, added_at=now
    )
    kept = [
        custody_banks.put_account(
            NewAccount(
                pool=pool,
                bank=bank,
                account_no=f"1790{digit}{pool:014d}",
                name=f"{pool}号公交公司{use_zh}",
                use=use,
                form=form,
                opened_on=first_day,
            ),
            officers=officers[:2],
            now=now,
        )
        for digit, use, use_zh in ((1, "reserve", "备付金专户"), (2, "income", "收入户"))
    ]
    pools.open_pool(pool, PROFILE, first_day)
    world = World(
        pool=pool,
        rng=Random(f"{seed}:{pool}"),  # noqa: S311 - a simulation is repeatable, not secret
        account=kept[0],
        own=kept[1],
        officers=officers,
        bank=Bank(account=kept[0]),
    )
    for rule in _rules(world):
        asked = standing.ask_rule(rule, account=world.account, maker=officers[0], now=now)
        standing.approve(asked.id, checker=officers[1], now=now)
    return world


def seated(now: datetime) -> tuple[Person, Person, Person]:
    """Three finance officers of the province."""
    found = [people.enrol(f"1390000{number:04d}", now) for number in (7001, 7002, 7003)]
    for person in found:
        if not people.has_role(person, FINANCE_OFFICER, None, now):
            people.grant(person, FINANCE_OFFICER, pool=None, granted_by=None, now=now)
    return found[0], found[1], found[2]


def _rules(world: World) -> list[Rule]:
    payouts = [
        Rule(
            name=channel,
            place=number,
            kind=Known.CHANNEL_PAYOUT,
            counterparty="",
            words=rf"{words}(?P<day>\d{{8}})(?![-\d])",
            terms={"channel": channel, "days_before": 1, "working_days": False},
        )
        for number, (channel, words) in enumerate(CHANNELS.items())
    ]
    covers = [
        Rule(
            name=f"cover_{reason.value}",
            place=20,
            kind=Known.OWN_COVER,
            counterparty="",
            words=rf"{COVER_WORDS}{reason.value}(?![a-z_])",
            terms={"reason": reason.value, "own_account_id": str(world.own.id)},
        )
        for reason in CoverReason
    ]
    return [
        *payouts,
        *covers,
        _rule("cash", Known.CASH_BANKED, rf"{CASH_WORDS}(?P<box>[A-Z0-9]+)"),
        _rule("charge", Known.BANK_CHARGE, CHARGE_WORDS),
        _rule("interest", Known.INTEREST, INTEREST_WORDS),
    ]


def _rule(name: str, kind: Known, words: str) -> Rule:
    return Rule(name=name, place=50, kind=kind, counterparty="", words=words, terms={})
