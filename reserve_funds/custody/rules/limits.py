"""What the limits of a profile say of one top-up: every rule it breaks, and what they allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reserve_funds.custody.rules import issuers
from reserve_funds.custody.rules.rule import Profile, Rule


class Tender(StrEnum):
    """What somebody pays with."""

    ONLINE = "online"
    CREDIT_CARD = "credit_card"
    CASH_AT_COUNTER = "cash_at_counter"
    CASH_AT_KIOSK = "cash_at_kiosk"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    """A top-up that somebody wishes for, and what is known of the card and the payer.

    `balance_fen` is what the card holds, waiting orders included; at MAC2 what MAC1 covers.
    `card_no` is the 19-digit number, whose issuer may offer its own amounts (R15).
    `cash_today_fen` is the cash this card took at kiosks today, `paid_today_fen` what this payer
    paid today, this top-up included in neither.
    """

    amount_fen: int
    balance_fen: int
    named: bool
    card_no: str = ""
    tender: Tender = Tender.ONLINE
    by_unit: bool = False
    payer_is_known: bool = False
    paid_today_fen: int = 0
    cash_today_fen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A rule that forbids it. `most_fen` is what it would allow, None where no amount helps."""

    rule: Rule
    most_fen: int | None


def broken(profile: Profile, wish: TopUp) -> list[Broken]:
    """Every rule of the profile that this top-up would break; empty when it may be made."""
    return [
        *_cap(profile, wish),
        *_step(profile, wish),
        *_real_name(profile, wish),
        *_tender(profile, wish),
    ]


def is_near(profile: Profile, amounts_fen: Sequence[int]) -> bool:
    """Whether one payer's amounts of a day look cut to stay under the real-name threshold.

    So many of them near it, or all together above it though none alone is (R16).
    """
    rule = profile.rule("R16")
    if rule is None:
        return False
    threshold = rule.number("real_name_fen")
    near = threshold * rule.number("near_per_mille") // 1000
    below = [amount for amount in amounts_fen if amount < threshold]
    many = sum(amount >= near for amount in below) >= rule.number("near_times")
    return many or (len(below) > 1 and sum(below) >= threshold)


def _cap(profile: Profile, wish: TopUp) -> Iterator[Broken]:
    """R14: the balance after the load."""
    rule = profile.rule("R14")
    if rule is None:
        return
    room = rule.number("named_fen" if wish.named else "anonymous_fen") - wish.balance_fen
    if wish.amount_fen > room:
        yield Broken(rule=rule, most_fen=max(room, 0))


def _step(profile: Profile, wish: TopUp) -> Iterator[Broken]:
    """R15: the issuer's least, most and step of one top-up; the profile's where it has none."""
    rule = profile.rule("R15")
    if rule is None:
        return
    own = issuers.of(wish.card_no)
    if own is not None:
        least, most, step = own.least_fen, own.most_fen, own.step_fen
    else:
        least, most, step = (rule.number(name) for name in ("least_fen", "most_fen", "step_fen"))
    if not least <= wish.amount_fen <= most or wish.amount_fen % step:
        yield Broken(rule=rule, most_fen=min(wish.amount_fen, most) // step * step)


def _real_name(profile: Profile, wish: TopUp) -> Iterator[Broken]:
    """R16: an unknown payer stays below the threshold, over the whole day."""
    rule = profile.rule("R16")
    if rule is None or wish.payer_is_known:
        return
    room = rule.number("real_name_fen") - 1 - wish.paid_today_fen
    if wish.amount_fen > room:
        yield Broken(rule=rule, most_fen=max(room, 0))


def _tender(profile: Profile, wish: TopUp) -> Iterator[Broken]:
    """R17, R18, R19: large sums are not cash, credit may not pay, a kiosk takes little cash."""
    cash = wish.tender in (Tender.CASH_AT_COUNTER, Tender.CASH_AT_KIOSK)
    large = profile.rule("R17")
    if large is not None and cash:
        threshold = large.number("unit_fen" if wish.by_unit else "person_fen")
        if wish.amount_fen >= threshold:
            yield Broken(rule=large, most_fen=threshold - 1)
    credit = profile.rule("R18")
    if credit is not None and wish.tender is Tender.CREDIT_CARD:
        yield Broken(rule=credit, most_fen=None)
    kiosk = profile.rule("R19")
    if kiosk is not None and wish.tender is Tender.CASH_AT_KIOSK:
        room = kiosk.number("cash_fen") - wish.cash_today_fen
        if wish.amount_fen > room:
            yield Broken(rule=kiosk, most_fen=max(room, 0))
