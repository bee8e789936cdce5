"""帮助: the questions people really have, answered in plain words; open to everybody."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gateway.web import door


@door.anybody
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Questions that open into answers, without a script."""
    return render(request, "web/help.html", {"return_days": settings.UNLOADED_RETURN_DAYS})
