"""Lines of five sides for tests: an order's life told by everybody who saw it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from accounts.identifiers import outside_id
from reserve_funds.custody.matching.delivering import deliver
from reserve_funds.custody.matching.running import run
from reserve_funds.custody.matching.values import Side, SideLine

DAY = date(2026, 11, 10)
NOW = datetime(2026, 11, 10, 16, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=20)
FEE_PER_MILLE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One order of a pool, paid over one channel on one day: its lines on the sides that know."""

    order: SideLine
    bill: SideLine
    card: SideLine
    clearing: SideLine

    def lines(self, *without: str) -> list[SideLine]:
        return [getattr(self, name) for name in ("order", "bill", "card", "clearing")
                if name not in without]  # fmt: skip


def named(pool: int, what: str, day: date = DAY) -> UUID:
    return outside_id(f"test:{pool}", day, what)


def line(pool: int, side: Side, name: str, fen: int, **other: object) -> SideLine:
    known = {"day": DAY, "known_at": NOW, "key": "", "source_id": named(pool, f"{side}:{name}")}
    return SideLine(side=side, pool=pool, amount_fen=fen, **{**known, **other})  # type: ignore[arg-type]


def life(pool: int, name: str, fen: int = 5_000, day: date = DAY, channel: str = "wechat") -> Life:
    """An order that was paid, billed, written and cleared as it should be."""
    paid = {"key": f"o{name}", "number": f"t{name}", "batch": f"{channel}:{day}", "day": day}
    story = f"s{name}"
    fee = fen * FEE_PER_MILLE * 100  # per mille of fen, in thousandths of a fen
    load = {"key": f"l{name}", "day": day}
    return Life(
        order=line(pool, Side.ORDER, name, fen, story=story, **paid),
        bill=line(pool, Side.BILL, name, fen, fee_in_100000=fee // 100, **paid),
        card=line(pool, Side.CARD, name, fen, story=story, **load),
        clearing=line(pool, Side.CLEARING, name, fen, **load),
    )


def payout(pool: int, lives: Iterable[Life], name: str = "payout", fen: int | None = None,
           **other: object) -> SideLine:  # fmt: skip
    """What the bank has of a day's bill: its lines less the fee, rounded once."""
    bills = [each.bill for each in lives]
    gross = sum(each.amount_fen for each in bills)
    fee = sum(each.fee_in_100000 or 0 for each in bills)
    net = gross - (fee + 500) // 1000
    return line(
        bills[0].pool, Side.BANK, name, net if fen is None else fen,
        **{"batch": bills[0].batch, "day": bills[0].day + timedelta(days=1), **other},
    )  # fmt: skip


def whole(pool: int, lives: list[Life], *more: SideLine) -> list[SideLine]:
    return [each for one in lives for each in one.lines()] + [payout(pool, lives), *more]


def changed(one: SideLine, **other: object) -> SideLine:
    known_at = one.known_at + timedelta(hours=1)
    return replace(one, **{"known_at": known_at, **other})  # type: ignore[arg-type]


def told(pool: int, lines: Iterable[SideLine], now: datetime = LATER) -> None:
    deliver(lines)
    run(pool, now=now)
