"""The fleet as people see it: what each kiosk said last, what it leaves open, and its stopping."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from accounts import trail
from accounts.models import Kiosk, Person
from accounts.roles import KIOSK_OPERATOR
from gateway.kiosk import boxes, keys
from gateway.kiosk.creating import officer, refuse_without
from gateway.kiosk.errors import KioskHoldsCash, PositionNotUnderstood
from gateway.kiosk.models import (
    Box,
    CarriedLoad,
    Heartbeat,
    Intake,
    Position,
    Pulse,
    Session,
)
from nfc_topup.lifecycle import UNRESOLVED
from nfc_topup.models import Load
from reserve_funds.ledger import listing

SILENT_AFTER = timedelta(minutes=5)
GIVEN_UP_AFTER = timedelta(days=7)
PULSES_KEPT = timedelta(days=14)
MOST = 500
# The map of the province, in hundred-thousandths of a degree.
EAST, NORTH = (11_000_000, 11_700_000), (3_120_000, 3_660_000)
_MOST_ACCOUNTS = 5_000
_PULSE = """
INSERT INTO kiosk_pulse AS kept (kiosk_id, hour, beats, paper, cash_fen, errors)
VALUES (%(kiosk)s, %(hour)s, 1, %(paper)s, %(cash)s, %(errors)s)
ON CONFLICT ON CONSTRAINT kiosk_pulse_is_counted_by_hour DO UPDATE SET
    beats = kept.beats + 1,
    paper = CASE WHEN 'out' IN (kept.paper, EXCLUDED.paper) THEN 'out'
                 WHEN 'low' IN (kept.paper, EXCLUDED.paper) THEN 'low' ELSE 'full' END,
    cash_fen = greatest(kept.cash_fen, EXCLUDED.cash_fen),
    errors = EXCLUDED.errors
"""


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
    position: Position | None = None

    @property
    def health(self) -> str:
        """The worst there is to say: planned, stopped, silent, off, doubtful, failing, low, well.

        A doubt outweighs an error code, an error code what merely runs low.
        """
        said = self.heartbeat
        if self.kiosk.state in ("planned", "retired"):
            return self.kiosk.state
        checks = (
            ("stopped", self.kiosk.state == "suspended"),
            ("silent", self.silent),
            ("off", not self.signed_on),
            ("doubtful", self.unresolved > 0),
            ("failing", said is not None and (bool(said.errors) or said.paper == "out")),
            ("low", said is not None and said.paper == "low"),
        )
        return next((word for word, is_so in checks if is_so), "well")


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
        with connection.cursor() as cursor:
            cursor.execute(
                _PULSE,
                {
                    "kiosk": kiosk.pk,
                    "hour": said["said_at"].replace(minute=0, second=0, microsecond=0),
                    "paper": said["paper"],
                    "cash": said["cash_fen"],
                    "errors": json.dumps(said["errors"]),
                },
            )
    return heard


def pulses(kiosk: Kiosk, since: datetime) -> list[Pulse]:
    """What the kiosk said in each hour since then, oldest first."""
    return list(Pulse.objects.filter(kiosk=kiosk, hour__gte=since).order_by("hour"))


def place_at(
    kiosk: Kiosk, *, longitude_e5: int, latitude_e5: int, by: Person, now: datetime
) -> Position:
    """Where the kiosk stands on the map. NotAllowed, PositionNotUnderstood."""
    refuse_without(by, KIOSK_OPERATOR, kiosk.operator.pool, now)
    if not (EAST[0] <= longitude_e5 <= EAST[1] and NORTH[0] <= latitude_e5 <= NORTH[1]):
        raise PositionNotUnderstood(longitude_e5=longitude_e5, latitude_e5=latitude_e5)
    with transaction.atomic():
        position, _ = Position.objects.update_or_create(
            kiosk=kiosk,
            defaults={"longitude_e5": longitude_e5, "latitude_e5": latitude_e5, "set_at": now},
        )
        trail.record(
            "kiosk_placed", actor=officer(by), now=now, subject=f"kiosk:{kiosk.id}",
            longitude_e5=longitude_e5, latitude_e5=latitude_e5,
        )  # fmt: skip
    return position


def purge(now: datetime) -> int:
    """Forgets the hours past their time; how many."""
    return Pulse.objects.filter(hour__lt=now - PULSES_KEPT).delete()[0]


def stop(kiosk: Kiosk, *, by: Person, because: str, now: datetime) -> None:
    """No business is done from now on; what the kiosk still holds is taken."""
    refuse_without(by, KIOSK_OPERATOR, kiosk.operator.pool, now)
    trail.advance(kiosk, to="suspended", actor=officer(by), because=because, now=now)


def resume(kiosk: Kiosk, *, by: Person, because: str, now: datetime) -> None:
    """A stopped kiosk works again; one whose keys were revoked needs a new enrolment as well."""
    refuse_without(by, KIOSK_OPERATOR, kiosk.operator.pool, now)
    trail.advance(kiosk, to="in_service", actor=officer(by), because=because, now=now)


def retire(kiosk: Kiosk, *, by: Person, because: str, now: datetime) -> None:
    """The kiosk is out of the house for good: its keys end, its box is out and is to be counted.

    KioskHoldsCash while it can still tell of some: cash that is no order yet, or records that it
    said were waiting, until it has been silent for a week.
    """
    refuse_without(by, KIOSK_OPERATOR, kiosk.operator.pool, now)
    actor = officer(by)
    with transaction.atomic():
        Kiosk.objects.select_for_update(of=("self",)).get(pk=kiosk.pk)
        unordered = Intake.objects.filter(kiosk=kiosk, state__in=("open", "kept"), taken_fen__gt=0)
        waiting = Heartbeat.objects.filter(
            kiosk=kiosk, waiting_records__gt=0, heard_at__gt=now - GIVEN_UP_AFTER
        )
        if unordered.exists() or waiting.exists():
            raise KioskHoldsCash(kiosk=kiosk.code)
        boxes.take_out(kiosk, actor=actor, now=now)
        keys.end_all(kiosk, actor=actor, because=because, now=now)
        trail.advance(kiosk, to="retired", actor=actor, because=because, now=now)


def unresolved_loads(kiosk: Kiosk) -> list[Load]:
    """Loads this kiosk carried whose end is unknown, oldest first."""
    carried = CarriedLoad.objects.filter(kiosk=kiosk).values("load_id")
    waiting = Load.objects.filter(pk__in=carried, state__in=UNRESOLVED)
    return list(waiting.select_related("application").order_by("opened_at"))


def standing(kiosk: Kiosk, now: datetime) -> Standing:
    """One kiosk at a glance."""
    [found] = _standings([kiosk], now)
    return found


def all_of(pools: Iterable[int] | None, now: datetime) -> list[Standing]:
    """Every kiosk of these pools (None: of the province), by code, at most 500.

    Five questions, and two for each pool that has kiosks.
    """
    rows = Kiosk.objects.select_related("operator").exclude(state="retired").order_by("code")
    if pools is not None:
        rows = rows.filter(operator__pool__in=list(pools))
    return _standings(list(rows[:MOST]), now)


def _standings(kiosks: list[Kiosk], now: datetime) -> list[Standing]:
    ids = [kiosk.pk for kiosk in kiosks]
    said = {one.kiosk_id: one for one in Heartbeat.objects.filter(kiosk__in=ids)}
    places = {one.kiosk_id: one for one in Position.objects.filter(kiosk__in=ids)}
    on = set(Session.objects.filter(kiosk__in=ids, state="on").values_list("kiosk_id", flat=True))
    labels = dict(
        Box.objects.filter(kiosk__in=ids, state="in_kiosk").values_list("kiosk_id", "label")
    )
    doubts = Counter(
        CarriedLoad.objects.filter(
            kiosk__in=ids, load_id__in=Load.objects.filter(state__in=UNRESOLVED).values("pk")
        ).values_list("kiosk_id", flat=True)
    )
    quota, cash = (
        {
            (pool, one.ref.owner): one.fen
            for pool in {kiosk.operator.pool for kiosk in kiosks}
            for one in listing.accounts(pool, kind, limit=_MOST_ACCOUNTS)
        }
        for kind in ("kiosk_quota", "cash_in_transit")
    )
    return [
        Standing(
            kiosk=kiosk,
            heartbeat=said.get(kiosk.pk),
            signed_on=kiosk.pk in on,
            silent=kiosk.pk not in said or said[kiosk.pk].heard_at < now - SILENT_AFTER,
            quota_fen=quota.get((kiosk.operator.pool, kiosk.code), 0),
            booked_fen=cash.get((kiosk.operator.pool, labels.get(kiosk.pk, "")), 0),
            unresolved=doubts[kiosk.pk],
            position=places.get(kiosk.pk),
        )
        for kiosk in kiosks
    ]
