"""A card's application provisioned anew: its counters start afresh, its past stays kept."""

import pytest
from django.db import DatabaseError, transaction

from nfc_topup import applications, queries
from nfc_topup.errors import CounterRolledBack, LoadNotOpen, LoadUnresolved
from nfc_topup.models import CardApplication, Load, LoadSeal

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


def test_no_mac2_is_made_for_an_application_that_was_retired(talk):
    """Or one chip would have two loads out at once, each under an application of its own."""
    opened = talk.open()
    answers = talk.pipe(opened.script)
    applications.begin_anew(talk.card, actor=talk.actor, now=talk.now)
    with pytest.raises(LoadNotOpen):
        talk.seal(opened.load_id, answers)
    assert Load.objects.get(pk=opened.load_id).state == "abandoned"
    assert not LoadSeal.objects.filter(load_id=opened.load_id).exists()
    _, verdict = talk.load()
    assert verdict.outcome == "loaded"


def test_a_retired_application_stays_retired(talk):
    talk.load()
    applications.begin_anew(talk.card, actor=talk.actor, now=talk.now)
    rows = CardApplication.objects.filter(asn=talk.card.asn)
    with pytest.raises(DatabaseError, match="stays retired"), transaction.atomic():
        rows.update(retired_at=None)
