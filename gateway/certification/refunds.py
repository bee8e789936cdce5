"""What the bank must answer about refunds: once for each number, never more than was paid."""

from __future__ import annotations

from dataclasses import replace

from gateway.certification.their_bank import AMOUNT_FEN, TheirBank, told
from gateway.certification.values import Family, Scenario, Seen
from gateway.channels.port import RefundFact, RefundState, RefundWish

_PAID = "refund"
_PART_FEN = 2_000
_ON_ITS_WAY = (RefundState.PROCESSING, RefundState.DONE)


def partly(bank: TheirBank) -> Seen:
    wish = _part(bank)
    return Seen(
        expected=f"{_PART_FEN} of {AMOUNT_FEN} fen on its way",
        actual=told(lambda: _way(bank.refund(wish))),
    )


def asked_about(bank: TheirBank) -> Seen:
    wish = _part(bank)
    bank.refund(wish)
    return Seen(
        expected=f"done {_PART_FEN} of {AMOUNT_FEN} fen",
        actual=told(lambda: _end(bank.refund_ended(wish))),
    )


def same_again(bank: TheirBank) -> Seen:
    wish = _part(bank)
    first = told(lambda: bank.refund(wish).channel_refund_no)
    second = told(lambda: bank.refund(wish).channel_refund_no)
    return Seen(
        expected="one refund", actual="one refund" if first == second else f"{first}, {second}"
    )


def other_amount(bank: TheirBank) -> Seen:
    wish = _part(bank)
    bank.refund(wish)
    other = replace(wish, amount_fen=_PART_FEN - 1)
    return Seen(expected="refused", actual=told(lambda: _way(bank.refund(other))))


def too_much(bank: TheirBank) -> Seen:
    bank.refund(_part(bank))
    wish = bank.refund_wish(bank.paid_order(_PAID), AMOUNT_FEN - _PART_FEN + 1)
    return Seen(expected="refused", actual=told(lambda: _way(bank.refund(wish))))


def never_asked(bank: TheirBank) -> Seen:
    wish = bank.refund_wish(bank.wish().order_no, 1)
    return Seen(expected="refund unknown", actual=told(lambda: bank.query_refund(wish).state.value))


def of_an_unpaid_order(bank: TheirBank) -> Seen:
    wish = bank.wish()
    bank.create(wish)
    back = bank.refund_wish(wish.order_no, 1)
    return Seen(expected="no", actual=_no(told(lambda: _way(bank.refund(back)))))


def the_rest(bank: TheirBank) -> Seen:
    number = bank.paid_order(_PAID)
    bank.refund(_part(bank))
    rest = bank.refund_wish(number, AMOUNT_FEN - _PART_FEN)

    def act() -> str:
        bank.refund(rest)
        return _end(bank.refund_ended(rest))

    done = told(act)
    more = told(lambda: _way(bank.refund(bank.refund_wish(number, 1))))
    return Seen(
        expected=f"done {AMOUNT_FEN - _PART_FEN} of {AMOUNT_FEN} fen, one fen more: refused",
        actual=f"{done}, one fen more: {more}",
    )


def _part(bank: TheirBank) -> RefundWish:
    """The one part that this run gives back, under one number for all scenarios."""
    number = bank.paid_order(_PAID)
    wish: RefundWish = bank.kept.setdefault("part", bank.refund_wish(number, _PART_FEN))
    return wish


def _way(fact: RefundFact) -> str:
    way = "on its way" if fact.state in _ON_ITS_WAY else fact.state.value
    return f"{fact.amount_fen} of {fact.total_fen} fen {way}"


def _end(fact: RefundFact) -> str:
    return f"{fact.state.value} {fact.amount_fen} of {fact.total_fen} fen"


def _no(words: str) -> str:
    return "no" if words in ("refused", "order unknown", "refund unknown") else words


SCENARIOS: tuple[Scenario[TheirBank], ...] = tuple(
    Scenario(number=f"R{number:02d}", family=Family.REFUNDS, zh=zh, en=en, act=act)
    for number, (act, zh, en) in enumerate(
        (
            (partly, "部分退款", "give a part back"),
            (asked_about, "查询退款直到完成", "ask about it until it is done"),
            (same_again, "同退款号同内容再退", "the same refund again"),
            (other_amount, "同退款号不同金额", "the same number, another amount"),
            (too_much, "退款超过余额一分", "one fen more than is left"),
            (never_asked, "查询不存在的退款", "ask about a refund never made"),
            (of_an_unpaid_order, "未付订单退款", "give back what was never paid"),
            (the_rest, "退完余额,再退一分", "give the rest back, then one fen more"),
        ),
        start=1,
    )
)
