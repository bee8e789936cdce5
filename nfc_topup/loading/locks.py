"""The one order of locks: the card application's row first, then its load."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from nfc_topup import queries
from nfc_topup.card.purse import COUNTER_MAX
from nfc_topup.models import CardApplication, Load


def lock_load(load_id: UUID) -> Load:
    """The load as it is now, locked behind its application; LoadUnknown."""
    application_id = queries.get(load_id).application_id
    CardApplication.objects.select_for_update().get(pk=application_id)
    return (
        Load.objects.select_for_update(of=("self",)).select_related("application").get(pk=load_id)
    )


def raise_watermark(application_id: UUID, counter: int) -> None:
    """From now on the card may not show a counter below this one."""
    value = min(counter, COUNTER_MAX)
    CardApplication.objects.filter(
        Q(counter_watermark__isnull=True) | Q(counter_watermark__lt=value),
        pk=application_id,
    ).update(counter_watermark=value)
