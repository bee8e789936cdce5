"""The page behind the one code for every wallet: leads each wallet to its own channel.

The token in the address is all the authority there is: it can begin payments of one top-up, which
costs nobody anything, and read that top-up's amount and whether it is paid. A wallet's GET begins
its payment, as such codes do, and so does one that names a channel (`?by=`): a browser follows a
link to another host where our policy stops a form. Beginning again is the same payment. Previews
and prefetches begin nothing.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts import clock
from accounts.actors import Actor
from accounts.errors import DomainError
from gateway.channels.errors import ChannelSilent
from gateway.channels.port import Product
from gateway.pages import problem
from gateway.payments import paying
from gateway.payments.models import Payment
from gateway.proxies import client_address
from gateway.topup import scanning
from gateway.topup.errors import CodeOver, TopupNotFound
from gateway.topup.models import TopUp
from gateway.web import door, handing_over

PURPOSE = "交通卡充值"
SCANNER = Actor(kind="citizen", id="by_code")
LONGEST_PAYER_NO = 128


@door.by_link
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def scanned(request: HttpRequest, token: str) -> HttpResponse:
    """Begins the payment of the wallet that looks, or of the channel that was chosen here."""
    try:
        topup = scanning.topup_of(token)
    except TopupNotFound as unknown:
        return _quiet(_problem(request, 404, unknown))
    if not scanning.is_open(topup, clock.now()):
        return _quiet(_standing(request, topup))
    wallet = scanning.wallet_of(request.headers.get("User-Agent", ""))
    said = request.POST.get("channel") if request.method == "POST" else request.GET.get("by")
    chosen = said or ("" if request.method == "POST" else wallet)
    if not chosen or request.method == "HEAD" or _only_fetched_ahead(request):
        return _quiet(_choice(request, topup))
    return _quiet(_begin(request, topup, chosen, inside=chosen == wallet))


@door.by_link
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def came_back(request: HttpRequest, token: str) -> HttpResponse:
    """Where a payer's browser returns to, whatever it brings: tells what we know ourselves."""
    try:
        topup = scanning.topup_of(token)
    except TopupNotFound as unknown:
        return _quiet(_problem(request, 404, unknown))
    own = _own_page(request, topup)
    return _quiet(HttpResponseRedirect(own) if own else _standing(request, topup))


def _own_page(request: HttpRequest, topup: TopUp) -> str:
    """Where the top-up's owner, signed in here, is told everything; empty for anybody else."""
    here = door.sign_in_of(request, clock.now())
    mine = here is not None and here.person_id == topup.person_id
    return reverse("web:tracker", args=[topup.pk]) if mine else ""


def _begin(request: HttpRequest, topup: TopUp, channel: str, *, inside: bool) -> HttpResponse:
    try:
        way = _way(request, topup, channel, inside=inside)
        if isinstance(way, HttpResponse):
            return way
        scene, payer_no = way
        now = clock.now()
        payment = scanning.begin(
            topup.id,
            channel=channel,
            scene=scene,
            payer_no=payer_no,
            payer_ip=client_address(request.META, settings.TRUSTED_PROXIES),
            now=now,
        )
        back = reverse("scan-back", kwargs={"token": scanning.token_of(topup)})
        payment = paying.offer(
            payment,
            description=PURPOSE,
            actor=SCANNER,
            now=now,
            return_url=request.build_absolute_uri(back),
        )
    except CodeOver as over:
        return _problem(request, 409, over)
    except ChannelSilent as silent:
        return _problem(request, 503, silent)
    except handing_over.REFUSED as refused:
        return _choice(request, topup, mistake=refused)
    return _handed_over(request, topup, payment)


def _way(
    request: HttpRequest, topup: TopUp, channel: str, *, inside: bool
) -> tuple[str, str] | HttpResponse:
    """Scene and payer's number; or the way to the page that tells the number, or why not.

    Only WeChat refuses its browser payment inside its own app: there the payer must be known.
    """
    if not (inside and channel == "wechatpay"):
        return Product.H5.value, ""
    payer_no = request.GET.get("payer_no", "")[:LONGEST_PAYER_NO]
    if payer_no:
        return Product.JSAPI.value, payer_no
    teller = scanning.payer_page(topup, channel)
    if not teller:
        return _choice(request, topup, without=channel)
    here = request.build_absolute_uri(request.path)
    return HttpResponseRedirect(teller.replace("{back}", here))


def _handed_over(request: HttpRequest, topup: TopUp, payment: Payment) -> HttpResponse:
    offer: dict[str, Any] = payment.offer or {}
    if payment.state != "offered":
        return _standing(request, topup)
    if offer.get("form"):
        return _form(request, topup, offer["form"])
    if offer.get("client_params"):
        context = {"topup": topup, "params": offer["client_params"], "back": _back(topup)}
        return render(request, "web/pay_inside.html", context)
    url = str(offer.get("h5_url") or offer.get("code_url") or "")
    if handing_over.may_lead_to(url):
        return HttpResponseRedirect(url)
    return _choice(request, topup, without=payment.channel)


def _form(request: HttpRequest, topup: TopUp, form: dict[str, Any]) -> HttpResponse:
    """The form to press; this page alone may post to the channel's own host."""
    answer = render(request, "web/pay_form.html", {"topup": topup, "form": form})
    return handing_over.may_post_to(answer, str(form["action"]))


def _choice(
    request: HttpRequest, topup: TopUp, *, mistake: DomainError | None = None, without: str = ""
) -> HttpResponse:
    names = {"wechatpay": _("微信支付"), "alipay": _("支付宝"), "unionpay": _("云闪付")}
    offered = [one for one in scanning.channels_in(topup.pool) if one != without]
    context = {
        "topup": topup,
        "ways": [(one, names[one]) for one in offered],
        "mistake": mistake,
        "without": names.get(without, ""),
        "here": reverse("scan", kwargs={"token": scanning.token_of(topup)}),
        "own": _own_page(request, topup),
    }
    return render(request, "web/pay_choice.html", context, status=409 if mistake else 200)


def _standing(request: HttpRequest, topup: TopUp) -> HttpResponse:
    """What became of it, in our own words; a payment's end at the channel is not believed here."""
    waiting = topup.state == "placed" and clock.now() < scanning.over_at(topup)
    context = {
        "topup": topup,
        "waiting": waiting,
        "own": _own_page(request, topup),
        "paid": topup.state not in ("placed", "expired"),
        "back": _back(topup),
        "again": reverse("scan", kwargs={"token": scanning.token_of(topup)}),
        "may_begin": scanning.is_open(topup, clock.now()),
    }
    return render(request, "web/pay_standing.html", context)


def _back(topup: TopUp) -> str:
    return reverse("scan-back", kwargs={"token": scanning.token_of(topup)})


def _problem(request: HttpRequest, status: int, error: DomainError) -> HttpResponse:
    english = str(getattr(request, "LANGUAGE_CODE", "")).startswith("en")
    sentence = error.en if english else error.zh
    return problem.page(request, status=status, code=error.code, sentence=sentence)


def _only_fetched_ahead(request: HttpRequest) -> bool:
    """Whether nobody has asked for this page yet: a prefetch, a prerender or a preview."""
    said = " ".join(
        request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
    ).lower()
    return any(word in said for word in ("prefetch", "prerender", "preview"))


def _quiet(answer: HttpResponse) -> HttpResponse:
    """The address is the authority: it is not kept and not told to the next page."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "strict-origin"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
