"""What citizens are told of, which move tells it, in which words, and what is urgent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeKind:
    """One kind. `before` empty means from anywhere; `variant` is a subject's own kind, if it has.

    `title` and `text` are by language, with the names of `facts` in braces; `urgent` ones are sent
    by short message to everybody: the citizen must act, or their safety is concerned.
    """

    name: str
    subject: str
    after: str
    before: frozenset[str] = frozenset()
    variant: str = ""
    urgent: bool = False
    facts: tuple[str, ...] = ("amount", "card")
    title: Mapping[str, str]
    text: Mapping[str, str]


def _said(zh: str, en: str) -> Mapping[str, str]:
    return {"zh": zh, "en": en}


CLAIM = "claim"
"""The variant of a top-up that an employer paid for."""
ACTED, LOOKED = "acted", "looked"
"""The variants of an assisted session: something was done in it, or nothing was."""

KINDS: tuple[NoticeKind, ...] = (
    NoticeKind(
        name="claim_given",
        subject="topup",
        before=frozenset({"placed"}),
        after="paid",
        variant=CLAIM,
        facts=("unit", "amount", "card"),
        title=_said("单位为您充值", "Your employer paid for a top-up"),
        text=_said(
            "{unit} 给您的卡 {card} 充了 {amount}。把卡贴在手机或自助终端就写到卡上。",
            "{unit} paid {amount} for card {card}. Hold the card to your phone or a kiosk.",
        ),
    ),
    NoticeKind(
        name="claim_returned",
        subject="topup",
        after="refunded",
        variant=CLAIM,
        facts=("unit", "amount", "card"),
        title=_said("单位的充值已退回单位", "Returned to your employer"),
        text=_said(
            "{unit} 给您的卡 {card} 充的 {amount} 没有写卡，已退回单位。有疑问请问单位。",
            "{amount} from {unit} for card {card} was not loaded and went back to them. Ask them "
            "if in doubt.",
        ),
    ),
    NoticeKind(
        name="topup_paid",
        subject="topup",
        before=frozenset({"placed"}),
        after="paid",
        title=_said("充值已付款", "Top-up paid"),
        text=_said(
            "{amount} 已付款，等着写到卡 {card} 上。把卡贴在手机或自助终端就好。",
            "{amount} is paid and waits for card {card}. Hold the card to your phone or a kiosk.",
        ),
    ),
    NoticeKind(
        name="topup_loaded",
        subject="topup",
        after="loaded",
        title=_said("已写到卡上", "On your card"),
        text=_said("{amount} 已写到卡 {card} 上。", "{amount} is on card {card} now."),
    ),
    NoticeKind(
        name="topup_in_doubt",
        subject="topup",
        after="in_doubt",
        urgent=True,
        title=_said("写卡没有结果，请再贴一次", "Not sure yet: tap the card once more"),
        text=_said(
            "{amount} 写卡 {card} 没有收到结果，钱没有丢。请把同一张卡再贴一次，马上就清楚。",
            "No result came for {amount} on card {card}; no money is lost. Tap the same card once "
            "more and it is settled.",
        ),
    ),
    NoticeKind(
        name="topup_refunded",
        subject="topup",
        after="refunded",
        title=_said("已退款", "Refunded"),
        text=_said("{amount} 已按原来的付款方式退回。", "{amount} went back the way it was paid."),
    ),
    NoticeKind(
        name="loss_reported",
        subject="transit_card",
        after="lost",
        urgent=True,
        facts=("card", "when"),
        title=_said("卡已挂失", "Card reported lost"),
        text=_said(
            "卡 {card} 已挂失，{when} 起生效；在那之前的乘车仍算您的。不是您本人办的，请马上找回。",
            "Card {card} is reported lost, in force from {when}; rides before that are still "
            "yours. If this was not you, take the report back at once.",
        ),
    ),
    NoticeKind(
        name="loss_in_force",
        subject="loss_report",
        after="in_force",
        urgent=True,
        facts=("card",),
        title=_said("挂失已生效", "Loss report in force"),
        text=_said(
            "卡 {card} 的挂失已生效，之后的乘车不再算您的。可以申请补卡或退卡。",
            "The loss report of card {card} is in force; later rides are not yours. You can ask "
            "for a replacement or your money.",
        ),
    ),
    NoticeKind(
        name="replacement_ready",
        subject="departure",
        before=frozenset({"waiting"}),
        after="moved",
        variant="replacement",
        title=_said("可以写新卡了", "Your new card can be loaded"),
        text=_said(
            "旧卡 {card} 的余额 {amount} 已转到新卡名下，贴一次新卡就写入。",
            "{amount} of card {card} belongs to the new card now; tap it once to load it.",
        ),
    ),
    NoticeKind(
        name="redemption_approved",
        subject="departure",
        before=frozenset({"proposed"}),
        after="paying",
        variant="redemption",
        title=_said("退卡已审批", "Redemption approved"),
        text=_said(
            "卡 {card} 的余额 {amount} 已审批，正在退出。",
            "The balance of card {card}, {amount}, is approved and on its way.",
        ),
    ),
    NoticeKind(
        name="redemption_paid",
        subject="departure",
        after="settled",
        variant="redemption",
        urgent=True,
        title=_said("退卡的钱已付出", "Redemption paid"),
        text=_said(
            "卡 {card} 的余额 {amount} 已全部退出。不是您本人办的，请马上联系客服。",
            "The balance of card {card}, {amount}, is paid out. If this was not you, contact "
            "customer service at once.",
        ),
    ),
    NoticeKind(
        name="invoice_ready",
        subject="invoice",
        after="issued",
        facts=("amount",),
        title=_said("发票已开具", "Invoice issued"),
        text=_said(
            "{amount} 的发票已开具，可以下载。", "Your invoice of {amount} can be downloaded."
        ),
    ),
    NoticeKind(
        name="invoice_reversing",
        subject="invoice",
        after="reversing",
        facts=("amount",),
        title=_said("发票已失效，正在冲红", "Invoice no longer valid"),
        text=_said(
            "{amount} 的发票不能再用，正在冲红：这笔充值退了款，或者没有写在卡上。",
            "The invoice of {amount} must not be used and is being reversed: money of its top-up "
            "was refunded, or is not on the card.",
        ),
    ),
    NoticeKind(
        name="assist_done",
        subject="assist_session",
        before=frozenset({"open"}),
        after="ended",
        variant=ACTED,
        urgent=True,
        facts=("when", "count"),
        title=_said("柜员为您代办了", "Done for you at a counter"),
        text=_said(
            "{when} 柜员经您同意代办了 {count} 件事，通知里能看。不是您同意的，请马上联系客服。",
            "At {when} a clerk acted for you ({count}); your notices tell what. If you did not "
            "consent, contact customer service at once.",
        ),
    ),
    NoticeKind(
        name="assist_looked",
        subject="assist_session",
        before=frozenset({"open"}),
        after="ended",
        variant=LOOKED,
        facts=("when",),
        title=_said("柜员看过您的卡和充值", "A clerk looked at your cards"),
        text=_said(
            "{when} 柜员经您同意查看，没有代办什么。不是您同意的，请联系客服。",
            "At {when} a clerk looked, with your consent, and did nothing. If you did not consent, "
            "contact customer service.",
        ),
    ),
)
BY_NAME: Mapping[str, NoticeKind] = {kind.name: kind for kind in KINDS}
SUBJECTS = tuple(dict.fromkeys(kind.subject for kind in KINDS))
TEMPLATES: Mapping[str, tuple[str, ...]] = {
    f"notice_{kind.name}{suffix}": kind.facts for kind in KINDS for suffix in ("", "_en")
}
"""The texts that a provider of short messages must hold, in both languages."""


def states_of(subject: str) -> frozenset[str]:
    """The states whose reaching may be told."""
    return frozenset(kind.after for kind in KINDS if kind.subject == subject)


def of_move(subject: str, before: str, after: str, variant: str) -> NoticeKind | None:
    """The kind that tells of this move; None for what is not told."""
    for kind in KINDS:
        moved = (kind.subject, kind.after) == (subject, after)
        from_there = not kind.before or before in kind.before
        if moved and from_there and kind.variant in ("", variant):
            return kind
    return None


def duty_of(subject: str) -> str:
    """The duty that makes the notices of such subjects."""
    return f"notifying.{subject}"


def template_of(name: str, language: str) -> str:
    """The short message's template in this language (zh or en)."""
    return f"notice_{name}{'_en' if language == 'en' else ''}"
