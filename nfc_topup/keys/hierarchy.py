"""The top of the hierarchy as data: the key-encryption key that the software vault works under."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts import secrets, trail
from accounts.actors import SYSTEM
from accounts.identifiers import new_id
from nfc_topup.models import CardKey
from nfc_topup.models.key import SECRETS
from nfc_topup.vault.custody import check_value
from nfc_topup.vault.port import Purpose

KEK_ALGORITHM = "aes-256"
KEK_RULE = "cmac-zeros"


def note_kek(name: str, now: datetime) -> None:
    """Have a row for the key-encryption key `name`: its check value, never its value.

    The same again changes nothing; another value under that name is a new version, and the one
    before is outgoing: what rests under it no longer opens until it comes back.
    """
    value = check_value(KEK_ALGORITHM, KEK_RULE, secrets.read_key(name))
    rows = CardKey.objects.filter(purpose=Purpose.KEK, index=0)
    active = rows.filter(state="active").first()
    if active is not None and (active.kek_name, active.check_value) == (name, value):
        return
    try:
        with transaction.atomic():
            if active is not None:
                trail.advance(active, to="outgoing", actor=SYSTEM, because="another value", now=now)
            row = CardKey.objects.create(
                id=new_id(now),
                purpose=Purpose.KEK,
                index=0,
                version=(rows.aggregate(newest=Max("version"))["newest"] or 0) + 1,
                algorithm=KEK_ALGORITHM,
                home=SECRETS,
                kek_name=name,
                check_rule=KEK_RULE,
                check_value=value,
                origin="house",
                valid_from=now,
            )
            trail.advance(row, to="active", actor=SYSTEM, because="keys rest under it", now=now)
    except IntegrityError:
        return  # somebody noted it in the same moment
