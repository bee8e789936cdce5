"""The first page: what waits for this officer, by kind and by pool."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from accounts import clock
from gateway.console import door, waiting, words
from gateway.console.seats import OFFICERS, OfficerRequest


@door.seated(OFFICERS)
def home(request: OfficerRequest) -> HttpResponse:
    """What waits, with its age and value; or that nothing does."""
    lines = waiting.waiting_for(request.seat, clock.now())
    pools = words.pool_names()
    rows = [{"line": line, "pool": pools.get(line.pool or 0, "")} for line in lines]
    return render(request, "console/home.html", {"rows": rows, "here": "home"})
