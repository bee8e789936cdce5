"""At the counter: orders that wait, cash that falls, a code to scan, and how each of them ends."""

from __future__ import annotations

from time import monotonic

from gateway.sandbox.reference_kiosk import counter_screens as stands
from gateway.sandbox.reference_kiosk import forwarding, screens
from gateway.sandbox.reference_kiosk.desk import Desk
from gateway.sandbox.reference_kiosk.machine import fresh
from gateway.sandbox.reference_kiosk.memory import Intake
from gateway.sandbox.reference_kiosk.paper import slip, yuan
from gateway.sandbox.reference_kiosk.talking import Outcome

ASK_SECONDS = 1.0
WAITING_ORDERS = frozenset({"placed"})
_LATER = "稍后在任何终端放卡领取"
_UNPROVED = {
    "unsent": "已写入卡中，网络恢复后上传",
    "in_doubt": "结果待查，请将同一张卡再贴一次",
    "not_begun": _LATER,
}


def press(at: Desk, word: str) -> None:
    """A key at the counter."""
    if word == "finish":
        at.rest()
    elif word == "cancel":
        at.inside.cabinet.let_fall(0)
        at.choose()
    elif word == "cash":
        _open_slot(at)
    elif word == "load":
        _load_cash(at)
    elif word == "scan":
        at.show(stands.amounts(at.inside.memory.parameters["offered_fen"]))
    elif word.startswith("amount:"):
        _place_scan(at, int(word.removeprefix("amount:")))
    elif word.startswith("order:"):
        _collect(at, word.removeprefix("order:"))


def step(at: Desk, shown: int) -> bool:
    """What happens by itself on this screen; True when something did."""
    if at.screen.name == "cash":
        return _step_cash(at, shown)
    if at.screen.name == "pay":
        return _step_pay(at)
    if at.screen.name in ("choice", "amounts") and at.card and shown != at.card.shown:
        at.rest()
        return True
    return False


def leave(at: Desk) -> None:
    """Nobody touches it any more: what fell becomes the card's order, and the machine is free."""
    intake = at.intake()
    if at.screen.name == "cash" and intake is not None and intake.notes:
        _load_cash(at)
    else:
        at.inside.cabinet.let_fall(0)
        at.rest()


def interrupted(at: Desk) -> None:
    """The line went down in the middle: whoever put cash in gets it on paper."""
    intake = at.intake()
    if at.screen.name in ("cash", "writing") and intake is not None and intake.state == "open":
        forwarding.hear_notes(at.inside)
        if intake.notes:
            said = [
                f"已收现金 {yuan(intake.taken_fen)}",
                "网络中断，金额已记录",
                _LATER,
            ]
            _print(at, intake.card_no, said, intake.id)


def end(at: Desk, outcome: Outcome) -> None:
    """How a load ended, on the screen and on paper."""
    assert at.card is not None
    at.touched()
    figure = yuan(outcome.amount_fen)
    if outcome.receipt:
        at.inside.cabinet.print_(list(outcome.receipt), outcome.tracker)
    else:
        said = [f"金额 {figure}", _UNPROVED[outcome.word]]
        _print(at, at.card.card_no, said, outcome.tracker)
    if outcome.word in ("loaded", "unsent"):
        at.show(stands.done(outcome, outcome.tracker))
    elif outcome.word == "not_begun":
        at.show(
            screens.problem(
                "卡移开得太早，还没有写。钱在订单里，请再放一次卡领取。",
                "The card left before writing began. Lay it down again to collect your top-up.",
            )
        )
    else:
        at.show(screens.doubt(figure))


def _open_slot(at: Desk) -> None:
    assert at.card is not None
    slot = at.inside.wire.post("intakes", at.card.wish, key=fresh())
    at.inside.keep(
        "slot",
        id=slot["intake_id"],
        card_no=at.card.card_no,
        aid=at.card.aid,
        most_fen=slot["most_fen"],
        order_key=fresh(),
    )
    at.inside.cabinet.let_fall(slot["most_fen"])
    _show_cash(at)


def _show_cash(at: Desk) -> None:
    intake = at.intake()
    assert intake is not None
    at.show(stands.cash(intake, at.inside.memory.parameters["notes_fen"]))


def _step_cash(at: Desk, shown: int) -> bool:
    intake = at.intake()
    assert intake is not None
    heard = forwarding.hear_notes(at.inside)
    if at.card is None or shown != at.card.shown:
        _card_left(at, intake)
        return True
    if heard:
        at.touched()
        _show_cash(at)
        forwarding.flush(at.inside)
    return bool(heard)


def _card_left(at: Desk, intake: Intake) -> None:
    """The next person's notes must not fall for this card: what fell is its order, and no more."""
    at.inside.cabinet.let_fall(0)
    forwarding.hear_notes(at.inside)
    if not intake.notes:
        at.rest()
        return
    forwarding.flush(at.inside)
    opened = forwarding.order(at.inside, intake)
    if opened is not None:
        said = [f"已收现金 {yuan(intake.taken_fen)}", _LATER]
        _print(at, intake.card_no, said, str(opened["receipt_url"]))
    at.show(stands.kept(intake) if intake.state == "kept" else stands.left(intake.taken_fen))


def _load_cash(at: Desk) -> None:
    inside, intake = at.inside, at.intake()
    assert intake is not None
    inside.cabinet.let_fall(0)
    forwarding.hear_notes(inside)
    at.show(screens.WRITING)
    forwarding.flush(inside)
    opened = forwarding.order(inside, intake)
    if opened is not None:
        at.carry(opened)
    elif intake.state == "ordered":
        at.choose()
    else:
        at.show(stands.kept(intake))


def _collect(at: Desk, order_id: str) -> None:
    assert at.card is not None
    at.show(screens.WRITING)
    wish = {**at.card.wish, "order_id": order_id}
    at.carry(at.inside.wire.post("loads", wish, key=fresh()))


def _place_scan(at: Desk, amount_fen: int) -> None:
    assert at.card is not None
    wish = {**at.card.wish, "amount_fen": amount_fen}
    placed = at.inside.wire.post("scans", wish, key=fresh())
    at.order_id = placed["order_id"]
    at.show(stands.pay(amount_fen, placed["url"]))
    at.ask_at = monotonic() + ASK_SECONDS


def _step_pay(at: Desk) -> bool:
    if monotonic() < at.ask_at:
        return False
    at.ask_at = monotonic() + ASK_SECONDS
    state = at.inside.wire.get(f"orders/{at.order_id}")["state"]
    if state in WAITING_ORDERS:
        return False
    at.touched()
    if state == "paid":
        _collect(at, at.order_id)
    else:
        at.choose()
    return True


def _print(at: Desk, card_no: str, said: list[str], code: str) -> None:
    lines = slip(at.inside.memory.kiosk, card_no, said, at.inside.wire.now())
    at.inside.cabinet.print_(lines, code)
