"""自助终端: the fleet as a list and as a map, one kiosk laid open, and what officers do to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import clock, officers
from accounts.errors import DomainError
from accounts.models import Kiosk
from gateway.console import door, explaining, kiosk_drawing, kiosk_words, kiosks, words
from gateway.console.amounts import fen_of
from gateway.console.queries import MONEY_READERS
from gateway.console.seats import OfficerRequest
from gateway.kiosk import creating, fleet, keys, quota
from gateway.kiosk.creating import Approved
from gateway.kiosk.errors import AmountNotGranted, KioskUnknown, PositionNotUnderstood
from gateway.pages.words import money
from reserve_funds.custody.bank.errors import OutflowMalformed

VIEWS = ("list", "map")
_E5 = 100_000


@door.seated(kiosks.READERS)
def fleet_page(request: OfficerRequest) -> HttpResponse:
    """Every kiosk within reach, by health; as a list or on the map."""
    now, shown = clock.now(), request.GET.get("view", "list")
    health, cell = request.GET.get("health", ""), request.GET.get("cell", "")
    if shown not in VIEWS or (health and health not in kiosk_words.HEALTH):
        raise Http404
    everything = kiosks.standings(request.seat, now)
    spots, nowhere = kiosk_drawing.spots(everything)
    if cell:
        everything = [one for spot in spots if spot.cell == cell for one in spot.kiosks]
    counted = {word: sum(one.health == word for one in everything) for word in kiosk_words.WORST}
    wanted = [one for one in everything if not health or one.health == health]
    pools = words.pool_names()
    wanted.sort(key=lambda one: (kiosk_words.WORST.index(one.health), one.kiosk.code))
    context = {
        "rows": [_row(one, pools) for one in wanted],
        "filters": [
            (word, kiosk_words.HEALTH[word][1], many) for word, many in counted.items() if many
        ],
        "health": health,
        "cell": cell,
        "view": shown,
        "count": len(everything),
        "map": kiosk_drawing.province(
            kiosk_drawing.spots(wanted)[0], told=_("终端分布图：经纬网与城市，标记是终端")
        ),
        "legend": [kiosk_words.HEALTH[word] for word in ("well", "low", "silent", "stopped")],
        "nowhere": [_row(one, pools) for one in nowhere],
        "may_create": request.seat.holds(kiosks.KEEPERS),
        "here": "kiosks",
    }
    return render(request, "console/kiosks/fleet.html", context)


@door.seated(kiosks.READERS)
def kiosk(request: OfficerRequest, kiosk_id: UUID) -> HttpResponse:
    """One kiosk: what it says, what it holds, its keys, boxes and days, and what may be done."""
    return render(request, "console/kiosks/kiosk.html", _opened(request, kiosk_id))


def ask_new(request: OfficerRequest, /, *, mistake: DomainError | None = None) -> HttpResponse:
    """The form of a new kiosk."""
    context = {
        "operators": kiosks.operators(request.seat, kiosks.KEEPERS),
        "pools": words.pool_names(),
        "typed": request.POST,
        "mistake": mistake,
        "here": "kiosks",
    }
    return render(request, "console/kiosks/new.html", context)


@door.acting(kiosks.KEEPERS, ask_new)
@transaction.atomic
def create(request: OfficerRequest) -> HttpResponse:
    """A planned kiosk, and the wish that another officer lets it enrol."""
    mine = {str(one.pool): one for one in kiosks.operators(request.seat, kiosks.KEEPERS)}
    operator = mine.get(request.POST.get("pool", ""))
    if operator is None:
        raise KioskUnknown(pool=request.POST.get("pool", "")[:8])
    where = _position(request)
    now = clock.now()
    made = creating.create(
        code=request.POST.get("kiosk_code", "").strip(),
        operator=operator,
        place=request.POST.get("place", "").strip()[:120],
        terminal_no=request.POST.get("terminal_no", "").strip(),
        maker=request.seat.person,
        now=now,
    )
    if where is not None:
        fleet.place_at(
            made.kiosk, longitude_e5=where[0], latitude_e5=where[1], by=request.seat.person, now=now
        )
    return HttpResponseRedirect(reverse("console:kiosk", args=[made.kiosk_id]))


def ask_act(
    request: OfficerRequest, /, *, kiosk_id: UUID, act: str, mistake: DomainError | None = None
) -> HttpResponse:
    """The page on which an act is asked for, with what it does."""
    if act not in kiosk_words.ACTS:
        raise Http404
    title, what, look = kiosk_words.TITLES[act]
    found = kiosks.kiosk(request.seat, kiosk_id)
    context = {
        "kiosk": found,
        "act": act,
        "title": title,
        "what": what,
        "look": look,
        "typed": request.POST,
        "reason": request.POST.get("reason", ""),
        "quota_fen": quota.available_fen(found) if act == "quota" else 0,
        "mistake": mistake,
        "here": "kiosks",
    }
    return render(request, "console/kiosks/act.html", context)


@door.acting(kiosks.MAKERS, ask_act)
def act(request: OfficerRequest, kiosk_id: UUID, act: str) -> HttpResponse:
    """The act itself; what takes two is asked for here and decided at the approvals."""
    one, officer, now = kiosks.kiosk(request.seat, kiosk_id), request.seat.person, clock.now()
    because = request.POST.get("reason", "").strip()[:200] or act
    if act == "code":
        return _code(request, one)
    if act == "stop":
        fleet.stop(one, by=officer, because=because, now=now)
    elif act == "start":
        fleet.resume(one, by=officer, because=because, now=now)
    elif act == "retire":
        fleet.retire(one, by=officer, because=because, now=now)
    elif act == "revoke":
        keys.revoke(one, by=officer, because=because, now=now)
    elif act == "renew":
        creating.ask_again(one, maker=officer, now=now)
    elif act == "quota":
        asked = quota.ask(one, _fen(request), maker=officer, because=because, now=now)
        return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))
    elif act == "move":
        _move(request, one, because)
    else:
        raise Http404
    return HttpResponseRedirect(reverse("console:kiosk", args=[one.pk]))


@transaction.atomic
def _move(request: OfficerRequest, one: Kiosk, because: str) -> None:
    where, officer, now = _position(request), request.seat.person, clock.now()
    place = request.POST.get("place", "").strip() or one.place
    creating.move(one, place=place, by=officer, because=because, now=now)
    if where is not None:
        fleet.place_at(one, longitude_e5=where[0], latitude_e5=where[1], by=officer, now=now)


def _code(request: OfficerRequest, one: Kiosk) -> HttpResponse:
    """The one page that ever shows this code; nobody keeps it."""
    enrolment = kiosks.enrolment_of(one)
    if enrolment is None:
        raise KioskUnknown(kiosk=one.code)
    given: Approved = creating.issue_code(enrolment.id, by=request.seat.person, now=clock.now())
    context = {"kiosk": one, "given": given, "here": "kiosks"}
    return render(request, "console/kiosks/code.html", context)


def _row(one: fleet.Standing, pools: dict[int, str]) -> dict[str, Any]:
    said = one.heartbeat
    return {
        "one": one,
        "health": kiosk_words.HEALTH[one.health],
        "pool": pools.get(one.kiosk.operator.pool, ""),
        "paper": words.of(kiosk_words.PAPER, said.paper) if said else None,
        "differs": said is not None and said.cash_fen != one.booked_fen,
    }


def _opened(request: OfficerRequest, kiosk_id: UUID) -> dict[str, Any]:
    one, now = kiosks.kiosk(request.seat, kiosk_id), clock.now()
    standing = fleet.standing(one, now)
    pulses = fleet.pulses(one, now - timedelta(hours=kiosk_drawing.HOURS))
    granted = kiosks.granted_fen(one)
    used = max(0, granted - standing.quota_fen)
    enrolment = kiosks.enrolment_of(one)
    beats = sum(pulse.beats for pulse in pulses)
    return {
        "row": _row(standing, words.pool_names()),
        "kiosk": one,
        "hours": kiosk_drawing.hours(
            pulses, now, told=_("最近 48 小时收到 %(n)s 次心跳") % {"n": beats}
        ),
        "beats": beats,
        "granted_fen": granted,
        "used_fen": used,
        "share": kiosk_drawing.share(
            used, granted,
            told=_("已用 %(used)s，共授 %(all)s") % {"used": money(used), "all": money(granted)},
        ),
        "enrolment": enrolment,
        "enrolment_state": words.of(kiosk_words.ENROLMENT, enrolment.state) if enrolment else None,
        "may_take_code": enrolment is not None
        and enrolment.state == "approved"
        and enrolment.expires_at > now,
        "keys": [(key, words.of(kiosk_words.KEY, key.state)) for key in kiosks.keys_of(one)],
        "loads": fleet.unresolved_loads(one),
        "boxes": [(box, words.of(kiosk_words.BOX, box.state)) for box in kiosks.boxes_of(one)],
        "days": [(day, words.of(kiosk_words.DAY, day.state)) for day in kiosks.settlements_of(one)],
        "acts": _acts(request, one, enrolment is not None and enrolment.state == "approved"),
        "story": explaining.of_subject(one.pk)[-12:],
        "may_see_loads": kiosks.may(request.seat, MONEY_READERS, one.operator.pool),
        "maker": _name(enrolment.maker_id) if enrolment else "",
        "here": "kiosks",
    }  # fmt: skip


def _acts(request: OfficerRequest, one: Kiosk, may_take: bool) -> list[tuple[str, Any, str]]:
    """What this officer is offered with this kiosk as it stands."""
    hidden = {
        "planned": {"stop", "start", "revoke"},
        "in_service": {"start"},
        "suspended": {"stop"},
        "retired": set(kiosk_words.ACTS),
    }[one.state] | (set() if may_take else {"code"})
    pool = one.operator.pool
    return [
        (name, kiosk_words.TITLES[name][0], kiosk_words.TITLES[name][2])
        for name, wanted in kiosk_words.ACTS.items()
        if name not in hidden and kiosks.may(request.seat, wanted, pool)
    ]


def _fen(request: OfficerRequest) -> int:
    try:
        return fen_of(request.POST.get("amount", ""))
    except OutflowMalformed as wrong:
        raise AmountNotGranted from wrong


def _name(person_id: UUID) -> str:
    return officers.names_of([str(person_id)]).get(str(person_id), "")


def _position(request: OfficerRequest) -> tuple[int, int] | None:
    """Longitude and latitude as they were typed; None for none. PositionNotUnderstood."""
    east, north = (request.POST.get(name, "").strip() for name in ("longitude", "latitude"))
    if not east and not north:
        return None
    try:
        return round(float(east) * _E5), round(float(north) * _E5)
    except (ValueError, OverflowError) as wrong:
        raise PositionNotUnderstood(longitude=east[:16], latitude=north[:16]) from wrong
