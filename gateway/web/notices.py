"""通知: what became of one's money and cards, read and unread, and what comes by short message."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.conf import settings as django_settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock
from gateway.notifying import queries
from gateway.web import door
from gateway.web.door import CitizenRequest

PAGE = 20
PLACES: Final = {
    "topup": "web:tracker",
    "card": "web:card-services",
    "departure": "web:departure",
    "invoice": "web:invoice",
    "assist": "web:assisted",
}


@door.citizen
@require_safe
def notices(request: CitizenRequest) -> HttpResponse:
    """Newest first; a page goes on where the last one ended."""
    rows = queries.of_person(request.person)
    before = _uuid(request.GET.get("before", ""))
    found = list((rows.filter(id__lt=before) if before else rows)[: PAGE + 1])
    shown, language = found[:PAGE], _language()
    context = {
        "rows": [queries.said(one, language) for one in shown],
        "has_unread": any(one.read_at is None for one in shown),
        "older": shown[-1].pk if len(found) > PAGE else None,
        "before": before,
    }
    return render(request, "web/notices/list.html", context)


@door.citizen
@require_POST
def read_all(request: CitizenRequest) -> HttpResponse:
    """Everything is read."""
    queries.mark_read(request.person, now=clock.now())
    return HttpResponseRedirect(reverse("web:notices"))


@door.citizen
@require_POST
def read(request: CitizenRequest, notice_id: UUID) -> HttpResponse:
    """One is read, and leads to what it tells of; another person's is not found."""
    notice = queries.get(request.person, notice_id)
    queries.mark_read(request.person, now=clock.now(), notice_id=notice_id)
    return HttpResponseRedirect(reverse(PLACES[notice.place], args=[notice.place_id]))


@door.citizen
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: CitizenRequest) -> HttpResponse:
    """What comes by short message, and in which language."""
    if request.method == "POST":
        queries.prefer(
            request.person,
            sms_all="sms_all" in request.POST,
            language=request.POST.get("language", ""),
        )
        return HttpResponseRedirect(f"{reverse('web:notice-settings')}?saved=1")
    context = {
        "wish": queries.preference_of(request.person),
        "saved": "saved" in request.GET,
        "quiet": django_settings.NOTICE_QUIET_HOURS,
    }
    return render(request, "web/notices/settings.html", context)


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
