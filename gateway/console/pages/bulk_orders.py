"""One order of a unit: its rows with their verdicts, its money, its claims; and each next step."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts import clock, officers, trail
from accounts.errors import DomainError
from accounts.masking import mask_card_no
from gateway.bulk import funding, ordering, queries, returning, routes
from gateway.bulk.models import BulkOrder, BulkRow
from gateway.console import bulk_words, custody, door, drawing, words
from gateway.console.pages import bulk_invoices
from gateway.console.seats import OfficerRequest
from gateway.topup import drawing as codes
from reserve_funds.custody.bank import profiles
from reserve_funds.custody.reports.export import harmless, yuan_text

READERS, MAKERS = custody.READERS, custody.MAKERS
ROWS_SHOWN: Final = 50
SHOWN: Final = ("bad", "good", "all")
_MOST_UNCLEAR: Final = 20


@door.seated(READERS, personal=True)
def order(request: OfficerRequest, order_id: UUID) -> HttpResponse:
    """The order: what is wrong in it first, then what it comes to and how far it has come."""
    return render(request, "console/bulk/order.html", _opened(request, order_id))


@door.seated(READERS, personal=True)
def verdicts(request: OfficerRequest, order_id: UUID) -> StreamingHttpResponse:
    """Every row with its verdict, as CSV for the unit; no spreadsheet takes a word of it to run."""
    one = queries.order(order_id, pools=custody.pools_of(request.seat))
    trail.record(
        "bulk_verdicts_downloaded",
        actor=request.seat.actor,
        now=clock.now(),
        subject=f"bulk_order:{one.pk}",
    )
    answer = StreamingHttpResponse(_written(one), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{one.number}.csv"'
    return answer


def ask_step(
    request: OfficerRequest, /, *, order_id: UUID, step: str, mistake: DomainError | None = None
) -> HttpResponse:
    """The second question before a step, with what it means."""
    if step not in _STEPS:
        raise Http404
    context = _opened(request, order_id)
    context |= {
        "step": step,
        "question": f"console/bulk/{step}.html",
        "entry": request.GET.get("entry", request.POST.get("entry", "")),
        "part": request.GET.get("part", request.POST.get("part", "")),
        "row": _row(context["one"], request.GET.get("row", request.POST.get("row", ""))),
        "routes": _routes(context["one"].pool),
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
    }
    return render(request, "console/bulk/step.html", context)


@door.acting(MAKERS, ask_step)
def take_step(request: OfficerRequest, order_id: UUID, step: str) -> HttpResponse:
    """The step itself; what needs a second officer leads to its approval."""
    if step not in _STEPS:
        raise Http404
    one = queries.order(order_id, pools=custody.making_pools(request.seat))
    approval_id = _STEPS[step](request, one)
    if approval_id is not None:
        return HttpResponseRedirect(reverse("console:approval", args=[approval_id]))
    return HttpResponseRedirect(reverse("console:bulk-order", args=[one.pk]))


def bar_of(far: queries.Progress) -> SafeString:
    """How far an order's claims have come, as a drawing that says the same in words."""
    return drawing.share([(word, kind, count) for kind, word, count, _ in _standing(far)])


def _standing(far: queries.Progress) -> list[tuple[str, str, int, int]]:
    """Class, word, count and fen of where claims may stand, in the order of the bar."""
    return [
        (kind, str(bulk_words.CLAIM[states[0]][1]), *far.of(*states))
        for kind, states in (
            ("done", ("loaded",)),
            ("under-way", ("loading", "in_doubt")),
            ("waiting", ("paid",)),
            ("back", ("refunded", "refunding")),
        )
    ]


def _ask(request: OfficerRequest, one: BulkOrder) -> UUID | None:
    return ordering.ask(one.pk, maker=request.seat.person, now=clock.now()).pk


def _withdraw(request: OfficerRequest, one: BulkOrder) -> UUID | None:
    ordering.withdraw(one.pk, officer=request.seat.person, now=clock.now())
    return None


def _recognise(request: OfficerRequest, one: BulkOrder) -> UUID | None:
    entry_id = id_of(request.POST.get("entry")) or one.pk
    return funding.recognise(one.pk, entry_id, maker=request.seat.person, now=clock.now()).pk


def _pay(request: OfficerRequest, one: BulkOrder) -> UUID | None:
    """Written down first, then asked of the channel, outside any transaction."""
    officer, now = request.seat.person, clock.now()
    channel = request.POST.get("channel", "")
    payment = funding.pay_over(one.pk, channel=channel, scene="native", officer=officer, now=now)
    funding.offer(payment, one, officer=officer, now=now)
    return None


def _return(request: OfficerRequest, one: BulkOrder) -> UUID | None:
    row = id_of(request.POST.get("row"))
    return returning.ask(
        one.pk,
        claim_ids=None if row is None else [row],
        because=request.POST.get("reason", "").strip(),
        maker=request.seat.person,
        now=clock.now(),
        route=request.POST.get("route", ""),
    ).pk


def _again(request: OfficerRequest, one: BulkOrder) -> UUID | None:
    part_id = id_of(request.POST.get("part")) or one.pk
    part = routes.send_again(
        part_id, officer=request.seat.person, route=request.POST.get("route", ""), now=clock.now()
    )
    return part.goes_as


_STEPS: Final[dict[str, Callable[[OfficerRequest, BulkOrder], UUID | None]]] = {
    "ask": _ask,
    "withdraw": _withdraw,
    "recognise": _recognise,
    "pay": _pay,
    "return": _return,
    "again": _again,
    "invoice": bulk_invoices.ask,
}


def _opened(request: OfficerRequest, order_id: UUID) -> dict[str, Any]:
    one = queries.order(order_id, pools=custody.pools_of(request.seat))
    far = queries.progress(one) if one.state == "shared" else None
    received_fen = queries.received_fen(one)
    payments = queries.payments_in(one)
    names = officers.names_of([str(one.maker_id)])
    bad = one.rows_total - one.rows_good
    show = request.GET.get("show", "bad" if bad and one.state == "drafted" else "good")
    show = show if show in SHOWN else "all"
    return {
        "one": one,
        "unit": one.enterprise,
        "pool_name": words.pool_names().get(one.pool, str(one.pool)),
        "state": words.of(bulk_words.ORDER, one.state),
        "maker": names.get(str(one.maker_id), ""),
        "bad": bad,
        "against": [(word, bulk_words.VERDICTS.get(word, word), count)
                    for word, count in queries.against(one).items()],
        "far": far,
        "bar": bar_of(far) if far else "",
        "legend": [each[1:] for each in _standing(far)] if far else [],
        "waits": far.of("paid") if far else (0, 0),
        "received_fen": received_fen,
        "missing_fen": max(one.amount_fen - received_fen, 0),
        "entries": _unclear(request, one),
        "channels": _channels(one) if one.state == "approved" else [],
        "codes": [codes.within(url) for url in codes.waiting(payments)],
        "returns": [{"one": each, "state": words.of(bulk_words.RETURN, each.state)}
                    for each in one.returns.order_by("-id")],
        "parts": [{"one": each, "state": words.of(bulk_words.PART, each.state)}
                  for each in queries.parts(one)],
        "may_ask": custody.may_ask(request.seat, one.pool),
        "show": show,
        **_rows(request, one, show),
        **bulk_invoices.shown(request, one),
        "here": "bulk",
    }  # fmt: skip


def _rows(request: OfficerRequest, one: BulkOrder, show: str) -> dict[str, Any]:
    after = request.GET.get("after", "0")
    verdict = request.GET.get("verdict", "")
    rows = queries.with_claims(one)
    if show != "good":
        rows = queries.every_row(one)
    if show == "bad":
        rows = rows.exclude(verdict="")
        rows = rows.filter(verdict=verdict) if verdict else rows
    found = list(rows.filter(line_no__gt=int(after) if after.isdecimal() else 0)[: ROWS_SHOWN + 1])
    shown = found[:ROWS_SHOWN]
    return {
        "rows": [
            {
                "one": row,
                "card": mask_card_no(row.asn) if row.asn else "–",
                "against": bulk_words.VERDICTS.get(row.verdict, row.verdict),
                "claim": words.of(bulk_words.CLAIM, vars(row).get("claim_state") or ""),
                "can_return": vars(row).get("claim_state") == "paid",
            }
            for row in shown
        ],
        "verdict": verdict,
        "next_line": shown[-1].line_no if len(found) > len(shown) else None,
    }


def _unclear(request: OfficerRequest, one: BulkOrder) -> list[dict[str, Any]]:
    """Entries of this pool that nobody understands, those that name the order or the unit first."""
    if one.state not in ("approved", "lapsed") or not custody.may_ask(request.seat, one.pool):
        return []
    found = [each for each in custody.unclear(request.seat) if each.pool == one.pool]
    told = [
        {
            "entry": each.entry,
            "waits": each.waits,
            "names_it": one.number in f"{each.entry.remark}{each.entry.summary}",
            "is_theirs": each.entry.counterparty_name.strip() == one.enterprise.name,
        }
        for each in found
        if each.entry.side == "in"
    ]
    told.sort(key=lambda each: (not each["names_it"], not each["is_theirs"]))
    return told[:_MOST_UNCLEAR]


def _channels(one: BulkOrder) -> list[tuple[str, Any]]:
    return [(name, words.CHANNELS.get(name, name)) for name in funding.channels_of(one)]


def _routes(pool: int) -> tuple[object, ...]:
    rule = profiles.of_open_day(pool).rule("R5")
    found = () if rule is None else rule.parameters["routes"]
    assert isinstance(found, tuple)
    return found


def _row(one: BulkOrder, text: str) -> BulkRow | None:
    row_id = id_of(text)
    return None if row_id is None else queries.good_rows(one).filter(pk=row_id).first()


def id_of(text: str | None) -> UUID | None:
    """A number of ours as an address carries it; not found when it is none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None


def _written(one: BulkOrder) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf"
    yield _line(["行 line", "工号/姓名 label", "卡号 card", "金额 yuan", "结果 verdict"])
    for row in queries.every_row(one).iterator(chunk_size=2_000):
        against = str(bulk_words.VERDICTS.get(row.verdict, row.verdict)) if row.verdict else "✓"
        if row.most_fen is not None:
            against += f" ≤ {yuan_text(row.most_fen)}"
        yield _line(
            [
                str(row.line_no),
                harmless(row.label),
                mask_card_no(row.asn) if row.asn else "",
                yuan_text(row.amount_fen) if row.amount_fen else "",
                harmless(against),
            ]
        )


def _line(cells: list[str]) -> bytes:
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerow(cells)
    return made.getvalue().encode()
