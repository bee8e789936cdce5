"""The one order of locks: the transit card where it matters, its application, then its load."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.actors import Actor
from nfc_topup import guarding, queries
from nfc_topup.card.purse import COUNTER_MAX
from nfc_topup.loading.permits import lock_card_in_use
from nfc_topup.models import CardApplication, Load


def lock_load(load_id: UUID) -> Load:
    """The load as it is now, locked behind its application; LoadUnknown."""
    return _locked(queries.get(load_id))


def lock_with_its_card(load_id: UUID) -> Load:
    """As lock_load, behind the transit card itself, which must be in use; CardNotInUse.

    A report of its loss waits for us, or we for it: who comes second sees what the first did.
    """
    load = queries.get(load_id)
    lock_card_in_use(load.application.asn)
    return _locked(load)


def _locked(load: Load) -> Load:
    CardApplication.objects.select_for_update().get(pk=load.application_id)
    return (
        Load.objects.select_for_update(of=("self",)).select_related("application").get(pk=load.pk)
    )


def lock_card(load_id: UUID, *, because: str, actor: Actor, now: datetime) -> None:
    """Shut the card of a load for everybody until two officers lift it; twice is once."""
    load = lock_load(load_id)
    guarding.lock_card(load.application, because=because, actor=actor, now=now)


def raise_watermark(application_id: UUID, counter: int) -> None:
    """From now on the card may not show a counter below this one."""
    value = min(counter, COUNTER_MAX)
    CardApplication.objects.filter(
        Q(counter_watermark__isnull=True) | Q(counter_watermark__lt=value),
        pk=application_id,
    ).update(counter_watermark=value)
