"""A page with every part that citizens' pages are made of, for whoever builds the next one."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import clock, secrets
from accounts.errors import SandboxOnly
from accounts.models import Operator, TransitCard
from gateway.web.navigation import PLACES, Link
from gateway.web.parts import Step


@require_safe
def parts(request: HttpRequest) -> HttpResponse:
    """Cards, notices, steps and sums, drawn from values nobody has. SandboxOnly elsewhere."""
    if not secrets.in_sandbox():
        raise SandboxOnly
    now = clock.now()
    operator = Operator.objects.order_by("pool").first()
    name = _("某某直管县公共交通一卡通运营有限责任公司")
    long = Operator(name_zh=name, name_en=name)
    cards = [
        {
            "card": TransitCard(asn="03105070219560308001", operator=operator),
            "balance_fen": 3_750,
            "seen_at": now - timedelta(hours=20),
        },
        {
            "card": TransitCard(asn="03105070219560300984", operator=long, state="lost"),
            "balance_fen": None,
            "seen_at": None,
        },
    ]
    context = {"cards": cards, "rows": _steps(), "choices": (1_000, 2_000, 5_000, 10_000, 20_000)}
    links = [
        Link(address="#", word=one.word, icon=one.icon, here=one.icon == "add") for one in PLACES
    ]
    return render(request, "sandbox/parts.html", context | {"notices": _notices(), "links": links})


def _notices() -> list[tuple[str, str, str, str]]:
    return [
        ("settled", _("已写到卡上"), _("卡里现在有 ¥87.50。"), ""),
        ("waiting", _("还没写完，钱没有丢"), _("再贴一次同一张卡。"), ""),
        ("wrong", _("没有扣款"), _("这张卡已经挂失，不能充值。"), _("先到“卡”里解除挂失。")),
        ("information", _("充后卡内最多 ¥1000"), "", ""),
    ]


def _steps() -> list[Step]:
    now = clock.now()
    return [
        Step(state="done", title=_("已付款"), at=now - timedelta(minutes=6)),
        Step(state="done", title=_("已确认"), at=now - timedelta(minutes=5)),
        Step(
            state="now",
            title=_("写到卡上"),
            told=_("把卡贴在手机背面。"),
            promise=_("7 天内没写卡会自动退回原路。"),
        ),
        Step(state="later", title=_("计入备付金")),
        Step(state="later", title=_("清算")),
    ]
