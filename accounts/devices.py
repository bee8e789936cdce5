"""Kiosks and partner banks: entered once, put in and out of service through the trail."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from accounts.errors import KioskNotUnderstood
from accounts.identifiers import new_id
from accounts.models import Kiosk, Operator, PartnerBank

_TERMINAL_NO = re.compile(r"[0-9]{12}")


def add_kiosk(
    *, code: str, operator: Operator, place: str, terminal_no: str, now: datetime
) -> Kiosk:
    """A planned kiosk; `terminal_no` is the 12 digits the purse sees as its terminal id.

    KioskNotUnderstood when that is no such number, or code or number belong to another kiosk.
    """
    if not _TERMINAL_NO.fullmatch(terminal_no):
        raise KioskNotUnderstood(code=code, terminal_no=terminal_no[:16])
    try:
        with transaction.atomic():
            return Kiosk.objects.create(
                id=new_id(now),
                code=code,
                operator=operator,
                place=place,
                terminal_no=terminal_no,
                added_at=now,
            )
    except IntegrityError as error:
        raise KioskNotUnderstood(code=code, terminal_no=terminal_no) from error


def add_bank(*, code: str, name: str, now: datetime) -> PartnerBank:
    """The partner bank of this code, entered when it is new; a known one stays as it is."""
    bank = PartnerBank(id=new_id(now), code=code, name=name, added_at=now)
    PartnerBank.objects.bulk_create([bank], ignore_conflicts=True)
    return PartnerBank.objects.get(code=code)


def print_of_bank_move(bank_id: UUID, to: str) -> bytes:
    """What an approval must be over for this bank, as it stands, to move to that state."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.accounts_print_of_partner_bank(%s, %s)", [bank_id, to])
        return bytes(cursor.fetchone()[0])
