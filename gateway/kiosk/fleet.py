"""The fleet as people see it: what each kiosk said last, what it leaves open, and its stopping."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import trail
from accounts.models import Kiosk, Person
from accounts.roles import KIOSK_OPERATOR
from gateway.kiosk.creating import officer, refuse_without
from gateway.kiosk.models import Box, CarriedLoad, Heartbeat, Session
from nfc_topup.lifecycle import UNRESOLVED
from nfc_topup.models import Load
from reserve_funds.ledger import queries as ledger
from reserve_funds.refs import account

SILENT_AFTER = timedelta(minutes=5)
MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One kiosk at a glance. `booked_fen` is the book's word of its box, beside the kiosk's own."""

    kiosk: Kiosk
    heartbeat: Heartbeat | None
    signed_on: bool
    silent: bool
    quota_fen: int
    booked_fen: int
    unresolved: int


def hear(kiosk: Kiosk, said: dict[str, Any], *, now: datetime) -> Heartbeat:
    """Keeps what the kiosk says of itself; an older word never replaces a newer one."""
    with transaction.atomic():
        Kiosk.objects.select_for_update(of=("self",)).get(pk=kiosk.pk)
        known = Heartbeat.objects.filter(kiosk=kiosk).first()
        if known is not None and known.said_at > said["said_at"]:
            return known
        heard, _ = Heartbeat.objects.update_or_create(
            kiosk=kiosk, defaults={**said, "heard_at": now}
        )
    return heard


def stop(kiosk: Kiosk, *, by: Person, because: str, now: datetime) -> None:
    """No business is done from now on; what the kiosk still holds is taken."""
    refuse_without(by, KIOSK_OPERATOR, kiosk.operator.pool, now)
    trail.advance(kiosk, to="suspended", actor=officer(by), because=because, now=now)


def resume(kiosk: Kiosk, *, by: Person, because: str, now: datetime) -> None:
    """A stopped kiosk works again; one whose keys were revoked needs a new enrolment as well."""
    refuse_without(by, KIOSK_OPERATOR, kiosk.operator.pool, now)
    trail.advance(kiosk, to="in_service", actor=officer(by), because=because, now=now)


def retire(kiosk: Kiosk, *, by: Person, because: str, now: datetime) -> None:
    """The kiosk is out of the house for good."""
    refuse_without(by, KIOSK_OPERATOR, kiosk.operator.pool, now)
    trail.advance(kiosk, to="retired", actor=officer(by), because=because, now=now)


def unresolved_loads(kiosk: Kiosk) -> list[Load]:
    """Loads this kiosk carried whose end is unknown, oldest first."""
    carried = CarriedLoad.objects.filter(kiosk=kiosk).values("load_id")
    waiting = Load.objects.filter(pk__in=carried, state__in=UNRESOLVED)
    return list(waiting.select_related("application").order_by("opened_at"))


def standing(kiosk: Kiosk, now: datetime) -> Standing:
    """One kiosk at a glance."""
    said = Heartbeat.objects.filter(kiosk=kiosk).first()
    pool = kiosk.operator.pool
    box = Box.objects.filter(kiosk=kiosk, state="in_kiosk").first()
    booked = ledger.balance_fen(pool, account("cash_in_transit", box.label)) if box else 0
    return Standing(
        kiosk=kiosk,
        heartbeat=said,
        signed_on=Session.objects.filter(kiosk=kiosk, state="on").exists(),
        silent=said is None or said.heard_at < now - SILENT_AFTER,
        quota_fen=ledger.available_fen(pool, account("kiosk_quota", kiosk.code)),
        booked_fen=booked,
        unresolved=len(unresolved_loads(kiosk)),
    )


def all_of(pool: int | None, now: datetime) -> list[Standing]:
    """Every kiosk of the pool (None: of the province), by code, at most 500."""
    rows = Kiosk.objects.select_related("operator").exclude(state="retired").order_by("code")
    if pool is not None:
        rows = rows.filter(operator__pool=pool)
    return [standing(kiosk, now) for kiosk in rows[:MOST]]
