"""发票: asked for one's own paid order, how far it is, its files, and the list of them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import clock
from accounts.errors import DomainError
from gateway.invoice import asking, files, queries, sellers, sold, titles
from gateway.invoice.lifecycle import LIVE
from gateway.invoice.models import Invoice
from gateway.topup import queries as topups
from gateway.topup.models import TopUp
from gateway.web import door
from gateway.web.door import CitizenRequest
from gateway.web.refusals import status_of

PAGE = 20
Words = str | Promise
CHIPS: Final[dict[str, tuple[str, Words]]] = {
    "asked": ("waiting", _("开具中")),
    "sent": ("waiting", _("开具中")),
    "issued": ("settled", _("已开具")),
    "reversing": ("waiting", _("正在冲红")),
    "reversed": ("information", _("已冲红")),
    "refused": ("wrong", _("没有开成")),
    "withdrawn": ("information", _("已撤回")),
}
TELLINGS: Final[dict[str, tuple[Words, Words]]] = {
    "asked": (_("发票正在开具"), _("一般 1 分钟内，最迟明天。不用再申请，开好了会告诉您。")),
    "sent": (_("发票正在开具"), _("一般 1 分钟内，最迟明天。不用再申请，开好了会告诉您。")),
    "issued": (_("发票已开具"), _("可以下载保存；它和纸质发票一样有效。")),
    "reversing": (
        _("这张发票已经无效，正在冲红"),
        _("这笔充值有退款。请不要再用它报销；冲红一般 1 分钟内完成。"),
    ),
    "reversed": (
        _("这张发票已冲红，不能再用"),
        _("这笔充值有退款，发票已由红字发票冲销。"),
    ),
    "refused": (
        _("没有开成"),
        _("开票服务没有受理，钱不受影响。请核对抬头和识别号，再申请一次。"),
    ),
    "withdrawn": (_("没有开出，已撤回"), _("这笔充值有退款，原来的申请已经撤回。")),
}
CASH_TELLINGS: Final[dict[str, tuple[Words, Words]]] = {
    "reversing": (
        _("这张发票已经无效，正在冲红"),
        _("这笔现金退了，或没有写在卡上。请不要再用它报销；冲红一般 1 分钟内完成。"),
    ),
    "reversed": (
        _("这张发票已冲红，不能再用"),
        _("这笔现金退了，或没有写在卡上，发票已由红字发票冲销。"),
    ),
    "withdrawn": (
        _("没有开出，已撤回"),
        _("这笔现金退了，或没有写在卡上，原来的申请已经撤回。"),
    ),
}
WAITING_BUYER: Final[Words] = _("请贵单位在电子税务局里确认红字信息，72 小时内有效。")


@door.citizen
@require_safe
def invoices(request: CitizenRequest) -> HttpResponse:
    """One's invoices, newest first; a page goes on where the last one ended."""
    rows = queries.of_person(request.person).prefetch_related(None)  # lists name no files
    before = _uuid(request.GET.get("before", ""))
    found = list((rows.filter(id__lt=before) if before else rows)[: PAGE + 1])
    shown = found[:PAGE]
    context = {
        "rows": [(row, *CHIPS[row.state]) for row in shown],
        "older": shown[-1].pk if len(found) > PAGE else None,
        "before": before,
    }
    return render(request, "web/invoices/list.html", context)


@door.citizen
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: CitizenRequest, topup_id: UUID) -> HttpResponse:
    """To whom it is made out; an order that has its invoice leads to it."""
    topup = topups.get(topup_id, person=request.person)
    said = said_in(request)
    refused: DomainError | None = None
    is_by_receipt = False
    if request.method == "POST":
        try:
            title = titles.understand(said["kind"], said["name"], said["taxpayer_no"])
            made = asking.ask(topup_id, person=request.person, title=title, now=clock.now())
            return HttpResponseRedirect(reverse("web:invoice", args=[made.pk]))
        except DomainError as error:
            refused = error
    else:
        live = [one for one in queries.of_order(topup_id, person=None) if one.state in LIVE]
        if live and live[0].person_id == request.person.pk:
            return HttpResponseRedirect(reverse("web:invoice", args=[live[0].pk]))
        is_by_receipt = bool(live)
    return _form(request, topup, said, refused, is_by_receipt=is_by_receipt)


@door.citizen
@require_safe
def invoice(request: CitizenRequest, invoice_id: UUID) -> HttpResponse:
    """How far it is, what it says, its files, and what became of it."""
    found = queries.get(invoice_id, person=request.person)
    context = told_of(found) | {
        "invoice": found,
        "files": queries.files_of(found),
        "replacement": Invoice.objects.filter(replaces=found).first(),
    }
    return render(request, "web/invoices/invoice.html", context)


@door.citizen
@require_safe
def file(request: CitizenRequest, invoice_id: UUID, form: str, is_red: bool) -> HttpResponseBase:
    """The office's own file, byte by byte as it came."""
    found = queries.get(invoice_id, person=request.person)
    kept = queries.file_of(found, form=form, is_red=is_red)
    answer = StreamingHttpResponse(files.chunks(kept), content_type=files.CONTENT_TYPES[form])
    answer["Content-Length"] = str(kept.size_bytes)
    answer["Content-Disposition"] = f'attachment; filename="{name_of(found, is_red)}.{form}"'
    return answer


def told_of(found: Invoice) -> dict[str, Any]:
    """What a page tells of an invoice's state: its chip, a title, a sentence, and what to do."""
    meaning, word = CHIPS[found.state]
    tellings = TELLINGS if found.cash_claim_id is None else TELLINGS | CASH_TELLINGS
    title, sentence = tellings[found.state]
    red = getattr(found, "red", None)
    waits = red is not None and red.state == "waiting" and found.state == "reversing"
    return {
        "red": red,
        "meaning": meaning,
        "word": word,
        "title": title,
        "sentence": sentence,
        "more": WAITING_BUYER if waits else found.reason,
    }


def said_in(request: HttpRequest) -> dict[str, str]:
    """To whom, as the form says it."""
    return {name: request.POST.get(name, "") for name in ("kind", "name", "taxpayer_no")}


def mistake_in(refused: DomainError | None) -> dict[str, Any]:
    """What was refused, and at which field of the form."""
    fields = {"invoice_title_not_understood": "name", "invoice_taxpayer_no_wrong": "taxpayer_no"}
    return {"mistake": refused, "mistake_at": fields.get(refused.code, "") if refused else ""}


def name_of(found: Invoice, is_red: bool) -> str:
    """What its file is called."""
    red = getattr(found, "red", None)
    return f"invoice-{red.invoice_no if is_red and red is not None else found.invoice_no}"


def _form(
    request: CitizenRequest,
    topup: TopUp,
    said: dict[str, str],
    refused: DomainError | None,
    *,
    is_by_receipt: bool,
) -> HttpResponse:
    context = said | {
        "topup": topup,
        "is_offered": sellers.is_offered(topup.pool),
        "is_cash": sold.is_cash(topup.pk),
        "is_by_receipt": is_by_receipt,
        "may_ask": asking.is_sold(topup),
        **mistake_in(refused),
    }
    status = status_of(refused) if refused else 200
    return render(request, "web/invoices/ask.html", context, status=status)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
