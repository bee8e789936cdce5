"""The page behind the QR of a kiosk's receipt: how far this one order has come, and no more.

The token in the address is all the authority there is, and it only lets look.
"""

from __future__ import annotations

from typing import Final, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.errors import DomainError
from gateway.kiosk import receipts
from gateway.pages import problem
from gateway.topup.errors import TopupNotFound
from gateway.web import door

Answer = TypeVar("Answer", bound=HttpResponseBase)
WORDS: Final[dict[str, tuple[str, str | Promise, str | Promise]]] = {
    "placed": ("waiting", _("还没付款"), _("没有收到付款，卡上没有变化。")),
    "paid": ("waiting", _("已付款，没写卡"), _("拿同一张卡到任一台终端贴一下就写好，钱没有丢。")),
    "kept": (
        "waiting", _("钱已收，没能充值"),
        _("这笔钱记在这张卡名下，没有丢。终端补足额度后自动成为充值，到任一终端贴卡就写好；"
          "也可以凭卡和小票到柜台领回。"),
    ),
    "kept_over": (
        "waiting", _("钱已收，等您领回"),
        _("这里已经停止充值，这笔钱没有充到卡上，也没有丢。请凭卡和小票到柜台领回。"),
    ),
    "kept_by_shop": (
        "waiting", _("钱已收，没能充值"),
        _("现金在收钱的代理网点。网点补足预存款后自动成为充值，也可以凭卡和小票向网点领回。"),
    ),
    "loading": ("waiting", _("没写完，再贴一次"), _("把同一张卡再贴一次，马上就清楚；钱没有丢。")),
    "in_doubt": ("waiting", _("没写完，再贴一次"), _("把同一张卡再贴一次，马上就清楚；钱没有丢。")),
    "loaded": ("settled", _("已写到卡上"), _("钱已经在卡里，可以乘车了。")),
    "expired": ("information", _("没付款，已取消"), _("没有收到付款，卡上没有变化。")),
    "refunding": ("waiting", _("退款中"), _("钱正在退回，不用再做什么。")),
    "refunded": ("settled", _("已退款"), _("钱已经退还，这一笔结束了。")),
}  # fmt: skip


@door.by_link
@require_safe
def receipt_link(request: HttpRequest, token: str) -> HttpResponse:
    """Amount, state and times of one order, its card's last four digits, and where it was paid."""
    try:
        told = receipts.shown(token, clock.now())
    except TopupNotFound as unknown:
        return gone(request, unknown)
    meaning, word, sentence = WORDS[told.state]
    context = {"told": told, "meaning": meaning, "word": word, "sentence": sentence, "token": token}
    return quiet(render(request, "web/receipt_link.html", context))


def gone(request: HttpRequest, unknown: DomainError) -> HttpResponse:
    """What a link shows that is none of ours, or leads to nothing."""
    english = str(getattr(request, "LANGUAGE_CODE", "")).startswith("en")
    refusal = unknown.en if english else unknown.zh
    return quiet(problem.page(request, status=404, code=unknown.code, sentence=refusal))


def quiet(answer: Answer) -> Answer:
    """The address is the authority: it is not kept and not told to the next page."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
