"""How much one top-up may put onto one card, by the rule profile of the card's pool.

Judged twice: when the order is placed, on what is known of card and payer, and at MAC2, on what
the card itself has stated under MAC1.
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import TransitCard
from gateway.topup.errors import AmountNotOffered, CardWouldHoldTooMuch, RealNameNeeded
from gateway.topup.known import Known
from gateway.topup.models import TopUp
from reserve_funds.custody.rules import limits
from reserve_funds.custody.rules.limits import Broken
from reserve_funds.custody.rules.limits import TopUp as Wish
from reserve_funds.custody.rules.rule import Profile

_REFUSALS = {"R14": CardWouldHoldTooMuch, "R15": AmountNotOffered, "R16": RealNameNeeded}


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one person may put onto one card now, in fen; None where no rule limits it.

    `cap_fen` is what the card may hold (R14), `least_fen`, `most_fen` and `step_fen` bound one
    top-up, everything considered; `most_fen` below `least_fen` means none. `unnamed_fen` is what
    is left of the day for a payer who is not known by name (R16), None for one who is.
    """

    cap_fen: int | None
    known_fen: int
    least_fen: int
    most_fen: int
    step_fen: int
    unnamed_fen: int | None


def allowance(card: TransitCard, known: Known, *, load_cap_fen: int) -> Allowance:
    """What `refuse_order` would let pass, told before anybody pays."""
    cap, steps, name = (known.profile.rule(rule) for rule in ("R14", "R15", "R16"))
    cap_fen = cap.number("named_fen" if card.named else "anonymous_fen") if cap else None
    unnamed_fen = None
    if name is not None and not known.payer_is_known:
        unnamed_fen = max(name.number("real_name_fen") - 1 - known.paid_today_fen, 0)
    bounds = [load_cap_fen]
    bounds += [steps.number("most_fen")] if steps else []
    bounds += [max(cap_fen - known.balance_fen, 0)] if cap_fen is not None else []
    bounds += [unnamed_fen] if unnamed_fen is not None else []
    step = steps.number("step_fen") if steps else 1
    return Allowance(
        cap_fen=cap_fen,
        known_fen=known.balance_fen,
        least_fen=steps.number("least_fen") if steps else 1,
        most_fen=min(bounds) // step * step,
        step_fen=step,
        unnamed_fen=unnamed_fen,
    )


def refuse_order(card: TransitCard, amount_fen: int, known: Known, *, load_cap_fen: int) -> None:
    """Refuse what the profile of the card's pool forbids, and what no load could carry.

    AmountNotOffered (R15), CardWouldHoldTooMuch (R14), RealNameNeeded (R16: whoever has given
    their real name may pay beyond it).
    """
    if not 0 < amount_fen <= load_cap_fen:
        raise AmountNotOffered(amount_fen=amount_fen)
    wish = Wish(
        amount_fen=amount_fen,
        balance_fen=known.balance_fen,
        named=card.named,
        card_no=card.asn[1:],
        payer_is_known=known.payer_is_known,
        paid_today_fen=known.paid_today_fen,
    )
    _raise_first(limits.broken(known.profile, wish), amount_fen)


def refuse_seal(topup: TopUp, profile: Profile, balance_fen: int) -> None:
    """Refuse MAC2 when the card would then hold more than its profile allows, by what it stated.

    CardWouldHoldTooMuch; the order stays paid and goes back to its payer.
    """
    wish = Wish(
        amount_fen=topup.amount_fen,
        balance_fen=balance_fen,
        named=topup.card.named,
        payer_is_known=True,
    )
    found = [each for each in limits.broken(profile, wish) if each.rule.id == "R14"]
    _raise_first(found, topup.amount_fen)


def _raise_first(found: list[Broken], amount_fen: int) -> None:
    """What was paid with is judged where it is taken: R17 to R19 are not of this room."""
    for rule_id, refusal in _REFUSALS.items():
        for broken in found:
            if broken.rule.id == rule_id:
                raise refusal(amount_fen=amount_fen, rule=rule_id, most_fen=broken.most_fen)
