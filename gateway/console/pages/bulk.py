"""企业批量充值: units and their orders, a unit with its people to call, and the list it brings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock
from accounts.errors import DomainError
from gateway.bulk import enterprises, lists, queries, sheets, taking
from gateway.bulk.list_errors import ListMissing
from gateway.bulk.models import BulkOrder, Enterprise
from gateway.console import bulk_words, custody, door, words
from gateway.console.amounts import whole_number
from gateway.console.pages import bulk_orders
from gateway.console.seats import OfficerRequest

READERS, MAKERS = custody.READERS, custody.MAKERS


@door.seated(READERS)
def orders(request: OfficerRequest) -> HttpResponse:
    """The orders, newest first, each with how far its claims have come; and the units."""
    mine = custody.pools_of(request.seat)
    before = bulk_orders.id_of(request.GET.get("before"))
    found = list(queries.orders(mine, before=before)[: custody.PAGE + 1])
    shown = found[: custody.PAGE]
    context = {
        "rows": lines(shown),
        "earlier": shown[-1].pk if len(found) > len(shown) else None,
        "units": list(queries.enterprises(mine)[: custody.PAGE]),
        "asked": enterprises.asked(mine, clock.now()),
        "may_ask": request.seat.holds(MAKERS),
        "here": "bulk",
    }
    return render(request, "console/bulk/orders.html", context)


def lines(found: list[BulkOrder]) -> list[dict[str, Any]]:
    """Orders as lines of a table, the claims of all in one question."""
    pools = words.pool_names()
    far = queries.progress_of([one for one in found if one.state == "shared"])
    return [
        {
            "one": one,
            "pool": pools.get(one.pool, str(one.pool)),
            "state": words.of(bulk_words.ORDER, one.state),
            "bar": bulk_orders.bar_of(far[one.pk]) if one.pk in far else "",
        }
        for one in found
    ]


def ask_register(request: OfficerRequest, /, *, mistake: DomainError | None = None) -> HttpResponse:
    """The form: which pool, which code, which name."""
    pools = words.pool_names()
    mine = custody.making_pools(request.seat)
    context = {
        "pools": [(number, name) for number, name in sorted(pools.items())
                  if number and (mine is None or number in mine)],
        "typed": request.POST,
        "mistake": mistake,
        "here": "bulk",
    }  # fmt: skip
    return render(request, "console/bulk/register.html", context)


@door.acting(MAKERS, ask_register)
def register(request: OfficerRequest) -> HttpResponse:
    """The unit waits for a second officer."""
    asked = enterprises.ask(
        pool=whole_number(request.POST.get("pool", "")),
        credit_code=request.POST.get("credit_code", ""),
        name=request.POST.get("name", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def show_enterprise(
    request: OfficerRequest, /, *, enterprise_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The unit: whom to call, its orders, and the form for its next list."""
    unit = _unit(request, enterprise_id)
    context = {
        "unit": unit,
        "pool": words.pool_names().get(unit.pool, str(unit.pool)),
        "contacts": [one for one in unit.contacts.all() if one.ended_at is None],
        "rows": lines(list(unit.orders.select_related("enterprise").order_by("-id")[:20])),
        "most_mib": sheets.MOST_BYTES >> 20,
        "most_rows": lists.MOST_ROWS,
        "typed": request.POST,
        "mistake": mistake,
        "line": mistake.facts.get("line") if mistake is not None else None,
        "here": "bulk",
    }
    return render(request, "console/bulk/enterprise.html", context)


@door.acting(MAKERS, show_enterprise)
def enterprise(request: OfficerRequest, enterprise_id: UUID) -> HttpResponse:
    """A list is taken, or somebody to call is written down."""
    unit = _unit(request, enterprise_id)
    now, officer = clock.now(), request.seat.person
    if request.POST.get("act") == "contact":
        enterprises.add_contact(
            unit,
            name=request.POST.get("contact", ""),
            phone=request.POST.get("phone", ""),
            officer=officer,
            now=now,
        )
        return HttpResponseRedirect(reverse("console:bulk-enterprise", args=[unit.pk]))
    file = request.FILES.get("file")
    if file is None:
        raise ListMissing
    order = taking.take(
        file,  # type: ignore[arg-type]
        name=str(file.name or ""),
        enterprise=unit,
        officer=officer,
        now=now,
    )
    return HttpResponseRedirect(reverse("console:bulk-order", args=[order.pk]))


def _unit(request: OfficerRequest, enterprise_id: UUID) -> Enterprise:
    return queries.enterprise(enterprise_id, custody.making_pools(request.seat))
