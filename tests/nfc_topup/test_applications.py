"""A card's application provisioned anew: its counters start afresh, its past stays kept."""

import pytest
from django.db import DatabaseError, transaction

from nfc_topup import applications, queries
from nfc_topup.errors import CounterRolledBack, LoadUnresolved
from nfc_topup.models import CardApplication

pytestmark = pytest.mark.django_db


def test_a_chip_whose_counter_starts_afresh_is_met_as_new(talk):
    talk.load()
    talk.load()
    talk.chip.state.counter = 0
    opened = talk.open()
    with pytest.raises(CounterRolledBack):
        talk.seal(opened.load_id, talk.pipe(opened.script))

    applications.begin_anew(talk.card, actor=talk.actor, now=talk.now)

    _, verdict = talk.load()
    assert verdict.outcome == "loaded"
    assert len(queries.sightings(talk.card)) >= 3, "what the first one proved is kept"


def test_while_a_mac2_is_out_only_the_old_application_can_answer(talk):
    talk.sealed()
    with pytest.raises(LoadUnresolved):
        applications.begin_anew(talk.card, actor=talk.actor, now=talk.now)
    assert CardApplication.objects.get(asn=talk.card.asn).retired_at is None


def test_a_retired_application_stays_retired(talk):
    talk.load()
    applications.begin_anew(talk.card, actor=talk.actor, now=talk.now)
    rows = CardApplication.objects.filter(asn=talk.card.asn)
    with pytest.raises(DatabaseError, match="stays retired"), transaction.atomic():
        rows.update(retired_at=None)
