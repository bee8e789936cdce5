"""What the last days would have been under another profile: what it would have refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice

from accounts.clock import business_day
from accounts.models import TransitCard
from reserve_funds.custody.rules import book, limits, pools
from reserve_funds.custody.rules.limits import Tender, TopUp
from reserve_funds.custody.rules.rule import Profile
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import history
from reserve_funds.ledger.history import Foreign, Loaded

_EXAMPLES = 5
_CHUNK = 1_000
# What the book does not know: who paid, with what instrument, and what a kiosk was shown.
NOT_IN_THE_BOOK = ("R16", "R17", "R18")


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Loads that one rule would have refused, and the first of them."""

    rule: str
    count: int
    amount_fen: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The last days of a pool under another profile.

    `foreign` are transfers it has no rule for, `loads` those beyond its limits, `placements` what
    lies where it may not (instrument and fen), `new_rules`, `lost_rules` and `other_rules` how it
    differs from the profile of today. `unseen` are its limits that the book cannot judge.
    """

    pool: int
    was: str
    profile: str
    since: date
    foreign: list[Foreign]
    loads: list[Broken]
    placements: list[tuple[str, int]]
    new_rules: tuple[str, ...]
    lost_rules: tuple[str, ...]
    other_rules: tuple[str, ...]
    unseen: tuple[str, ...]

    @property
    def refused(self) -> int:
        """How many transfers and loads would have been refused, placements included."""
        foreign = sum(each.count for each in self.foreign)
        return foreign + sum(each.count for each in self.loads) + len(self.placements)


@dataclass(slots=True)
class _Sum:
    count: int = 0
    amount_fen: int = 0
    examples: list[str] = field(default_factory=list)


def replay(pool: int, name: str, *, today: date, days: int) -> Replay:
    """The last `days` days of a pool, judged by the profile of that name.

    RuleProfileUnknown; PoolNotOpen.
    """
    now, then = pools.profile_of(pool, today), book.by_name(name)
    since = today - timedelta(days=days)
    may_place = then.permits(Purpose.PRINCIPAL_SAFE_PLACEMENT)
    shared = now.rules.keys() & then.rules.keys()
    return Replay(
        pool=pool,
        was=now.name,
        profile=then.name,
        since=since,
        foreign=history.without_rule(pool, then.name, since),
        loads=_judge(then, history.loads(pool, since)),
        placements=[] if may_place else history.standing(pool, "placement"),
        new_rules=_sorted(then.rules.keys() - now.rules.keys()),
        lost_rules=_sorted(now.rules.keys() - then.rules.keys()),
        other_rules=_sorted(
            {rule for rule in shared if now.rules[rule].parameters != then.rules[rule].parameters}
        ),
        unseen=tuple(rule for rule in NOT_IN_THE_BOOK if rule in then.rules),
    )


def _judge(profile: Profile, loads: Iterable[Loaded]) -> list[Broken]:
    sums: dict[str, _Sum] = defaultdict(_Sum)
    stream = iter(loads)
    cash_of_day: dict[tuple[str, date], int] = {}
    while chunk := list(islice(stream, _CHUNK)):
        named = _named({load.asn for load in chunk})
        for load in chunk:
            key = (load.asn, business_day(load.event_at))
            wish = TopUp(
                amount_fen=load.amount_fen,
                balance_fen=load.balance_fen - load.amount_fen,
                named=named.get(load.asn, False),
                card_no=load.asn[1:],
                tender=Tender.CASH_AT_KIOSK if load.cash_fen else Tender.ONLINE,
                payer_is_known=True,
                cash_today_fen=cash_of_day.get(key, 0),
            )
            if load.cash_fen:
                cash_of_day[key] = cash_of_day.get(key, 0) + load.amount_fen
            for found in limits.broken(profile, wish):
                _add(sums[found.rule.id], load)
    return [
        Broken(rule=rule, count=one.count, amount_fen=one.amount_fen, examples=tuple(one.examples))
        for rule, one in sorted(sums.items())
    ]


def _add(one: _Sum, load: Loaded) -> None:
    one.count += 1
    one.amount_fen += load.amount_fen
    if len(one.examples) < _EXAMPLES:
        one.examples.append(str(load.transfer_id))


def _named(asns: set[str]) -> Mapping[str, bool]:
    """Whether each card is named; a card nobody has registered is held to the smaller limit."""
    return dict(TransitCard.objects.filter(asn__in=asns).values_list("asn", "named"))


def _sorted(rules: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(rules, key=lambda rule: int(rule[1:])))
