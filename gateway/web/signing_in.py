"""The ways in and out for citizens: phone, code, done; and showing a code once more."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import clock, sign_in_codes, sign_ins, signing_in
from accounts.citizen_errors import CodeOver, CodeTooSoon
from accounts.errors import DomainError
from gateway.messages import sending
from gateway.messages.errors import MessageDoubtful
from gateway.proxies import client_address
from gateway.web import door
from gateway.web.browsers import label_of
from gateway.web.door import CitizenRequest
from gateway.web.refusals import status_of


@door.anybody
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Takes a phone number and sends a code to it.

    With `again` somebody signed in shows a code once more: it goes to their own number.
    """
    back = door.within(request.POST.get("next") or request.GET.get("next"))
    here = getattr(request, "sign_in", None)
    said = request.POST if request.method == "POST" else request.GET
    again = here is not None and "again" in said
    if here is not None and not again:
        return HttpResponseRedirect(back)
    context = {"next": back, "again": again, "phone": request.POST.get("phone", "")}
    if request.method != "POST":
        return render(request, "web/sign_in.html", context)
    phone = here.person.phone if again and here is not None else request.POST.get("phone", "")
    try:
        asked = sign_in_codes.ask(phone, address=address_of(request), now=clock.now())
    except CodeTooSoon as soon:
        return _refused(request, "web/sign_in.html", soon, context | _waiting(request))
    except DomainError as refused:
        return _refused(request, "web/sign_in.html", refused, context)
    return _sent(request, asked, context)


@door.anybody
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Takes the code; signs in under a new secret, and ends what this browser was before."""
    back = door.within(request.POST.get("next") or request.GET.get("next"))
    challenge = request.COOKIES.get(door.CHALLENGE, "")
    context: dict[str, object] = {"next": back, "doubtful": "doubtful" in request.GET}
    try:
        context["phone"] = sign_in_codes.masked_phone(challenge, clock.now())
        if request.method != "POST":
            return render(request, "web/code.html", context)
        entered = signing_in.by_browser(
            challenge,
            request.POST.get("code", ""),
            label=label_of(request.headers.get("User-Agent", "")),
            address=address_of(request),
            now=clock.now(),
            before=getattr(request, "sign_in", None),
        )
    except CodeOver as over:
        return _refused(request, "web/sign_in.html", over, {"next": back, "phone": ""})
    except DomainError as refused:
        return _refused(request, "web/code.html", refused, context)
    rotate_token(request)
    answer = HttpResponseRedirect(back)
    door.keep(answer, entered.secret)
    door.forget(answer, door.CHALLENGE)
    return answer


@door.anybody
@require_POST
def code_again(request: HttpRequest) -> HttpResponse:
    """Sends another code to the number the last one went to."""
    back = door.within(request.POST.get("next"))
    challenge = request.COOKIES.get(door.CHALLENGE, "")
    now = clock.now()
    try:
        context: dict[str, object] = {"next": back}
        context["phone"] = sign_in_codes.masked_phone(challenge, now)
    except CodeOver:
        return HttpResponseRedirect(reverse("web:sign-in"))
    try:
        asked = sign_in_codes.ask_again(challenge, address=address_of(request), now=now)
    except DomainError as refused:
        return _refused(request, "web/code.html", refused, context)
    return _sent(request, asked, context)


@door.citizen
@require_POST
def sign_out(request: CitizenRequest) -> HttpResponse:
    """Ends this session here and on the server."""
    sign_ins.end(request.sign_in, because="signed_out", now=clock.now())
    answer = HttpResponseRedirect(reverse("web:sign-in"))
    door.forget(answer)
    return answer


def address_of(request: HttpRequest) -> str:
    """Where the request comes from, empty when the server told no address."""
    return client_address(request.META, settings.TRUSTED_PROXIES) or ""


def _sent(
    request: HttpRequest, asked: sign_in_codes.Asked, context: dict[str, object]
) -> HttpResponse:
    address = f"{reverse('web:sign-in-code')}?{urlencode({'next': context['next']})}"
    try:
        sending.send_code(asked, now=clock.now())
    except MessageDoubtful:
        address += "&doubtful=1"
    except DomainError as refused:
        return _refused(request, "web/sign_in.html", refused, context)
    answer = HttpResponseRedirect(address)
    door.keep_challenge(answer, asked.challenge)
    return answer


def _refused(
    request: HttpRequest, template: str, refused: DomainError, context: dict[str, object]
) -> HttpResponse:
    at = "code" if template == "web/code.html" else "phone"
    told = {"mistake": refused, "mistake_at": at, "facts": refused.facts}
    answer = render(request, template, context | told, status=status_of(refused))
    if "wait_seconds" in refused.facts:
        answer.headers["Retry-After"] = str(refused.facts["wait_seconds"])
    return answer


def _waiting(request: HttpRequest) -> dict[str, object]:
    """Whether this browser still waits for a code that was sent."""
    return {"has_code": door.CHALLENGE in request.COOKIES}
