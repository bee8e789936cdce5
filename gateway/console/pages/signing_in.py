"""The ways in and out of the console: signing in, a new officer's link, signing out."""

from __future__ import annotations

import qrcode
import qrcode.image.svg
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import clock, factors, officers, sessions, trail
from accounts.errors import DomainError
from accounts.officer_errors import PasswordNotStrong
from gateway.console import door, landing
from gateway.console.seats import OfficerRequest
from gateway.pages.looks import safe_path
from gateway.proxies import client_address

HOME = "/console/"


@door.anybody
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Takes name, password and code on one page; one answer for whatever is wrong.

    It leads to the page one wanted, or else to the first page of one's own work.
    """
    back = _within_console(request.POST.get("next") or request.GET.get("next"))
    context = {"next": back, "login_name": request.POST.get("login_name", "")}
    if request.method == "POST":
        try:
            secret = officers.sign_in(
                request.POST.get("login_name", ""),
                request.POST.get("password", ""),
                request.POST.get("code", ""),
                address=address_of(request),
                now=clock.now(),
            )
        except DomainError as refused:
            told = context | {"mistake": refused, "mistake_at": "login_name"}
            return render(request, "console/sign_in.html", told, status=403)
        seat = door.seat_by(secret, clock.now())
        answer = HttpResponseRedirect(
            landing.first_page(seat) if seat is not None and back == HOME else back
        )
        door.keep(answer, secret)
        return answer
    return render(request, "console/sign_in.html", context)


@door.anybody
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """The one-time link: shows the second factor, takes a password and its first code.

    The link's secret is in the query, which no log keeps.
    """
    now, link = clock.now(), request.GET.get("link", "")
    officer = officers.invited(link, now)
    secret = officers.factor_of(officer)
    context = {
        "officer": officer,
        "spelled": " ".join(_fours(factors.spelled(secret))),
        "qr": _drawn(factors.address_of(secret, officer.login_name, "Transport Card Gateway")),
    }
    if request.method == "POST":
        try:
            if request.POST.get("password") != request.POST.get("again"):
                raise PasswordNotStrong("the two differ")
            codes = officers.enrol(
                link,
                password=request.POST.get("password", ""),
                code=request.POST.get("code", ""),
                now=now,
            )
        except DomainError as refused:
            at = "password" if isinstance(refused, PasswordNotStrong) else "code"
            told = context | {"mistake": refused, "mistake_at": at}
            return render(request, "console/enrol.html", told, status=403)
        return render(request, "console/enrolled.html", {"officer": officer, "codes": codes})
    return render(request, "console/enrol.html", context)


@door.everybody_seated
@require_POST
def sign_out(request: OfficerRequest) -> HttpResponse:
    """Ends this session here and on the server."""
    now = clock.now()
    sessions.end(request.seat.session, now)
    trail.record("signed_out", actor=request.seat.actor, now=now, subject="")
    answer = HttpResponseRedirect(reverse("console:sign-in"))
    door.forget(answer)
    return answer


def address_of(request: HttpRequest) -> str:
    """Where the request comes from, empty when the server told no address."""
    return client_address(request.META, settings.TRUSTED_PROXIES) or ""


def _within_console(text: str | None) -> str:
    path = safe_path(text, HOME)
    return path if path.startswith(HOME) else HOME


def _fours(text: str) -> list[str]:
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def _drawn(address: str) -> SafeString:
    """The address as a QR code in SVG; named for those who cannot see it."""
    image = qrcode.make(address, image_factory=qrcode.image.svg.SvgPathImage, border=2)
    drawn: str = image.to_string(encoding="unicode")
    named = f'<svg role="img" aria-label="{_("验证器二维码")}" '
    return SafeString(drawn.replace("<svg ", named, 1))
