"""What the bank must answer about orders: opened once, found, closed, not closed when paid."""

from __future__ import annotations

from dataclasses import replace

from gateway.certification.their_bank import AMOUNT_FEN, TheirBank, offered, told
from gateway.certification.values import Family, Scenario, Seen

_PAID = "query"


def opened(bank: TheirBank) -> Seen:
    return Seen(expected="an offer", actual=told(lambda: offered(bank.create(bank.wish()))))


def opened_twice(bank: TheirBank) -> Seen:
    wish = bank.wish()

    def act() -> str:
        first, second = bank.create(wish), bank.create(wish)
        return "the same offer" if first == second else "another offer"

    return Seen(expected="the same offer", actual=told(act))


def other_content(bank: TheirBank) -> Seen:
    wish = bank.wish()
    bank.create(wish)
    other = replace(wish, amount_fen=AMOUNT_FEN - 1)
    return Seen(expected="refused", actual=told(lambda: offered(bank.create(other))))


def never_made(bank: TheirBank) -> Seen:
    number = bank.wish().order_no
    return Seen(expected="order unknown", actual=told(lambda: bank.query(number).state.value))


def unpaid(bank: TheirBank) -> Seen:
    wish = bank.wish()
    bank.create(wish)
    return Seen(expected="pending", actual=told(lambda: bank.query(wish.order_no).state.value))


def paid(bank: TheirBank) -> Seen:
    number = bank.paid_order(_PAID)

    def act() -> str:
        fact = bank.query(number)
        serial = "a serial" if fact.transaction_no else "no serial"
        return f"{fact.state.value} {fact.amount_fen} fen {fact.currency}, {serial}"

    return Seen(expected=f"paid {AMOUNT_FEN} fen CNY, a serial", actual=told(act))


def paid_is_always_the_same(bank: TheirBank) -> Seen:
    number = bank.paid_order(_PAID)

    def act() -> str:
        first, second = bank.query(number), bank.query(number)
        return "the same fact" if first == second else "another fact"

    return Seen(expected="the same fact", actual=told(act))


def closed(bank: TheirBank) -> Seen:
    wish = bank.wish()
    bank.create(wish)

    def act() -> str:
        bank.close(wish.order_no)
        bank.close(wish.order_no)
        return f"closed twice, then {bank.query(wish.order_no).state.value}"

    return Seen(expected="closed twice, then closed", actual=told(act))


def closed_though_paid(bank: TheirBank) -> Seen:
    number = bank.paid_order(_PAID)

    def act() -> str:
        bank.close(number)
        return "closed"

    refusal = told(act)
    after = told(lambda: bank.query(number).state.value)
    return Seen(expected="refused, then paid", actual=f"{refusal}, then {after}")


def close_unknown(bank: TheirBank) -> Seen:
    def act() -> str:
        bank.close(bank.wish().order_no)
        return "closed"

    return Seen(expected="order unknown", actual=told(act))


SCENARIOS: tuple[Scenario[TheirBank], ...] = tuple(
    Scenario(number=f"O{number:02d}", family=Family.ORDERS, zh=zh, en=en, act=act)
    for number, (act, zh, en) in enumerate(
        (
            (opened, "下单", "open an order"),
            (opened_twice, "同号同内容再下单", "the same order again"),
            (other_content, "同号不同金额下单", "the same number, another amount"),
            (never_made, "查询不存在的订单", "query an order never made"),
            (unpaid, "查询未付订单", "query an unpaid order"),
            (paid, "查询已付订单,金额一分不差", "query a paid order, to the fen"),
            (paid_is_always_the_same, "再查一次结果不变", "query it again"),
            (closed, "关闭未付订单,两次", "close an unpaid order, twice"),
            (closed_though_paid, "关闭已付订单", "close a paid order"),
            (close_unknown, "关闭不存在的订单", "close an order never made"),
        ),
        start=1,
    )
)
