"""My data: what is kept of me, all of it to take along, and the way to leave."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock, own_data
from accounts.citizen_errors import DeletionNotConfirmed
from accounts.clock import business_day
from accounts.errors import DomainError
from gateway.web import door
from gateway.web.door import CitizenRequest
from gateway.web.refusals import status_of


@door.citizen
@require_safe
def my_data(request: CitizenRequest) -> HttpResponse:
    """Says in plain words what is kept, for what and how long."""
    return render(request, "web/my_data.html")


@door.confirmed
@require_safe
def take_along(request: CitizenRequest) -> HttpResponse:
    """Asks whether numbers shall be told whole."""
    return render(request, "web/take_along.html")


@door.confirmed
@require_POST
def export(request: CitizenRequest) -> HttpResponseBase:
    """Everything of this person as one file, sent while it is read."""
    now = clock.now()
    pieces = own_data.export(request.person, whole="whole" in request.POST, now=now)
    answer = StreamingHttpResponse(pieces, content_type="application/json")
    name = f"my-data-{business_day(now):%Y%m%d}.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@door.confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: CitizenRequest) -> HttpResponse:
    """Says what stands in the way or what will be gone; a ticked box and a press delete it."""
    now = clock.now()
    if request.method != "POST":
        return _leave(request)
    try:
        if "sure" not in request.POST:
            raise DeletionNotConfirmed
        own_data.delete(request.person, now)
    except DomainError as refused:
        return _leave(request, refused)
    answer = render(request, "web/left.html", {"gone": True})
    door.forget(answer)
    return answer


def _leave(request: CitizenRequest, refused: DomainError | None = None) -> HttpResponse:
    objections = own_data.objections(request.person, clock.now())
    context = {"objections": objections, "mistake": refused, "mistake_at": "sure"}
    if refused is not None and objections:
        context["mistake"] = None
    status = 200 if refused is None else status_of(refused)
    return render(request, "web/leave.html", context, status=status)
