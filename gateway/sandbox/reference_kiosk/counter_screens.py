"""What the counter shows: what can be done with a card, cash that falls, amounts, and the end."""

from __future__ import annotations

from typing import Any

from gateway.sandbox.reference_kiosk import screens
from gateway.sandbox.reference_kiosk.memory import Intake
from gateway.sandbox.reference_kiosk.paper import drawn, yuan
from gateway.sandbox.reference_kiosk.screens import BACK, FINISH, Button, Said, Screen
from gateway.sandbox.reference_kiosk.talking import Card, Outcome
from gateway.sandbox.reference_kiosk.wire import Refused

MOST_ORDERS = 4
REFUSALS: dict[str, Said] = {
    "kiosk_cash_not_taken": (
        "这张卡今天在终端的现金额度已用完，或本机额度不足。可以扫码充值。",
        "This card has used up its cash for today, or the machine its quota. Scan to pay instead.",
    ),
    "card_would_hold_too_much": (
        "充值后卡内金额会超过上限。钱还在订单里，可以退回。",
        "The card would hold more than it may. The money is still yours and can go back.",
    ),
    "card_not_in_use": ("这张卡已挂失或停用。", "This card was reported lost or stopped."),
    "issuer_unknown": ("这不是本省发行的卡。", "This card was not issued in this province."),
    "other_card": (
        "放上来的是另一张卡，什么都没有写。",
        "It is another card; nothing was written.",
    ),
}
USUAL: Said = (
    "什么都没有发生，您的钱没有变动。请再试一次，或请求帮助。",
    "Nothing happened and no money moved. Try again, or ask for help.",
)


def choice(card: Card, orders: list[dict[str, Any]], repaired: str) -> Screen:
    """What can be done with this card."""
    lines: list[Said] = []
    if repaired == "loaded":
        lines.append(
            ("上次的充值已核对：已写到卡上。", "Your last top-up is settled: it is on the card.")
        )
    elif repaired == "not_loaded":
        lines.append(
            (
                "上次没有写上，可以在下面重新领取。",
                "The last one was not written; collect it below.",
            )
        )
    if orders:
        lines.append(("有已付款的充值，请先领取。", "A paid top-up waits for this card."))
    collect = [
        Button(
            word=f"order:{one['id']}",
            said=(f"领取 {yuan(one['amount_fen'])}", f"Collect {yuan(one['amount_fen'])}"),
            kind="main",
        )
        for one in orders[:MOST_ORDERS]
    ]
    return Screen(
        name="choice",
        heading=("卡内余额", "Balance on the card"),
        figure="" if card.balance_fen is None else yuan(card.balance_fen),
        lines=tuple(lines),
        buttons=(
            *collect,
            Button(word="cash", said=("现金充值", "Top up with cash")),
            Button(word="scan", said=("扫码充值", "Scan to pay")),
            Button(word="finish", said=("完成", "Finish"), kind="quiet"),
        ),
    )


def cash(intake: Intake, notes_fen: list[int]) -> Screen:
    """Cash falls; what is shown as credit is on the disk."""
    taken, room = intake.taken_fen, intake.most_fen - intake.taken_fen
    allowed = "、".join(str(fen // 100) for fen in notes_fen if fen <= room)
    take: Said = (
        (
            f"请放入 {allowed} 元纸币，还可放 {yuan(room)}。",
            f"Notes of {allowed} yuan, up to {yuan(room)} more.",
        )
        if allowed
        else ("已到本次上限。", "That is the most for this time.")
    )
    load = Button(word="load", said=("写到卡上", "Write to the card"), kind="main")
    return Screen(
        name="cash",
        heading=("已放入", "Put in so far"),
        figure=yuan(taken),
        lines=(
            take,
            ("本机不找零，放入的纸币全部充值。", "No change is given; every note is loaded."),
        ),
        buttons=(load,) if taken else (BACK,),
    )


def left(taken_fen: int) -> Screen:
    """The card was taken away while cash had fallen for it."""
    return Screen(
        name="problem",
        heading=("卡已移开", "The card was taken away"),
        figure=yuan(taken_fen),
        lines=(
            (
                "放入的现金已记在这张卡名下。请再放一次卡领取，任何终端都可以。",
                "The cash is on record for that card. Lay it down again here or anywhere.",
            ),
        ),
        tone="waiting",
        buttons=(FINISH,),
    )


def kept(intake: Intake) -> Screen:
    """Cash that could not be loaded: it is on record, and the slip says how it comes back."""
    return Screen(
        name="problem",
        heading=("现金已收，没能充到卡上", "Your cash was taken but not loaded"),
        figure=yuan(intake.taken_fen),
        lines=(
            (
                "这笔钱记在这张卡名下，没有丢。请收好凭条。",
                "It is on record for this card and is not lost. Keep the slip.",
            ),
            (
                "扫凭条上的码，看怎样领回、到了哪里；也可以凭卡和凭条到柜台领回。",
                "Its code shows how to get it back, or bring card and slip to a counter.",
            ),
        ),
        tone="waiting",
        buttons=(FINISH,),
    )


def amounts(offered: list[int]) -> Screen:
    """How much to pay by scanning."""
    keys = [Button(word=f"amount:{fen}", said=(yuan(fen), yuan(fen))) for fen in offered]
    return Screen(
        name="amounts",
        heading=("充多少？", "How much?"),
        lines=(("微信、支付宝、云闪付都可以扫。", "WeChat, Alipay or UnionPay."),),
        buttons=(*keys, BACK),
    )


def pay(amount_fen: int, url: str) -> Screen:
    """A code that any wallet scans."""
    return Screen(
        name="pay",
        heading=("用手机扫码付款", "Scan to pay"),
        figure=yuan(amount_fen),
        code=drawn(url),
        code_said=("付款二维码", "Code to pay"),
        lines=(
            (
                "付款后会自动写到卡上，请不要移开卡。",
                "It is written to the card once paid; leave the card there.",
            ),
        ),
        buttons=(BACK,),
    )


def done(outcome: Outcome, tracker: str) -> Screen:
    """It is on the card."""
    lines: list[Said] = []
    if outcome.new_balance_fen is not None:
        balance = yuan(outcome.new_balance_fen)
        lines.append((f"卡内余额 {balance}", f"Balance on the card {balance}"))
    lines.append(("可以拿走卡和凭条。", "Take your card and your receipt."))
    return Screen(
        name="done",
        heading=("充值成功，已写到卡上", "Done: it is on your card"),
        figure=yuan(outcome.amount_fen),
        lines=tuple(lines),
        code=drawn(tracker),
        code_said=("扫码查询这笔充值", "Follow this top-up"),
        buttons=(FINISH,),
        tone="settled",
    )


def refusal(refused: Refused) -> Screen:
    """Why it did not work, in words for people."""
    return screens.problem(*REFUSALS.get(refused.code, USUAL))
