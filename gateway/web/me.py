"""我的: who I am here, where I am signed in, and my confirmed name."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock, real_names, sign_ins
from accounts.errors import DomainError
from gateway.web import door
from gateway.web.door import CitizenRequest
from gateway.web.refusals import status_of


@door.citizen
@require_safe
def me(request: CitizenRequest) -> HttpResponse:
    """The masked number, the tier, and the ways to everything about oneself."""
    check = real_names.latest(request.person)
    return render(request, "web/me.html", {"person": request.person, "check": check})


@door.citizen
@require_safe
def devices(request: CitizenRequest) -> HttpResponse:
    """Where this person is signed in, each with a way to end it."""
    rows = sign_ins.of(request.person, clock.now())
    context = {"devices": rows, "this": request.sign_in.pk, "ended": request.GET.get("ended", "")}
    return render(request, "web/devices.html", context)


@door.citizen
@require_POST
def end_device(request: CitizenRequest, device_id: UUID) -> HttpResponse:
    """Signs one device out; another person's is not found. This one is signed out by it, too."""
    now = clock.now()
    device = sign_ins.get(request.person, device_id, now)
    sign_ins.end(device, because="revoked", now=now)
    if device.pk == request.sign_in.pk:
        answer = HttpResponseRedirect(reverse("web:sign-in"))
        door.forget(answer)
        return answer
    return HttpResponseRedirect(f"{reverse('web:devices')}?ended=1")


@door.citizen
@require_POST
def end_other_devices(request: CitizenRequest) -> HttpResponse:
    """Signs every device out except this one."""
    sign_ins.end_others(request.person, but=request.sign_in.pk, because="revoked", now=clock.now())
    return HttpResponseRedirect(f"{reverse('web:devices')}?ended=all")


@door.citizen
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def real_name(request: CitizenRequest) -> HttpResponse:
    """Says how well this person is known; takes name and ID number, which are not kept."""
    if request.method != "POST":
        return _real_name(request)
    try:
        real_names.ask(
            request.person,
            name=request.POST.get("name", ""),
            id_number=request.POST.get("id_number", ""),
            now=clock.now(),
        )
    except DomainError as refused:
        at = "name" if refused.code == "real_name_not_understood" else "id_number"
        told = {"mistake": refused, "mistake_at": at, "name": request.POST.get("name", "")}
        return _real_name(request, status=status_of(refused), **told)
    return HttpResponseRedirect(reverse("web:real-name"))


def _real_name(request: HttpRequest, status: int = 200, **told: object) -> HttpResponse:
    person = request.person  # type: ignore[attr-defined]
    context = {"check": real_names.latest(person), "offered": real_names.is_offered()}
    return render(request, "web/real_name.html", context | told, status=status)
