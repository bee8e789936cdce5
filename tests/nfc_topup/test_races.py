"""Many at once on real connections: one load, one seal, one proof, whoever comes first."""

import threading
from itertools import count
from uuid import uuid4

import pytest
from django.db import connections

from accounts.errors import DomainError
from accounts.identifiers import new_id
from accounts.models import Operator, TransitCard
from gateway.sandbox.virtual_card import CardState, VirtualCard, card_keys
from nfc_topup import loading, queries
from nfc_topup.errors import LoadUnresolved
from nfc_topup.keys.sandbox_issuer import import_test_keys
from tests.nfc_topup.conftest import MASTERS, NOW, Talk

TWINS = 8
_numbers = count(uuid4().int % 10**7)


@pytest.fixture
def talk(lasting_db, keys_file):
    """A talk whose rows really commit; the card is new each time and stays behind."""
    import_test_keys(keys_file, now=NOW)
    asn = f"031051700198{next(_numbers):08d}"
    dlk, dtk = card_keys(MASTERS, asn)
    operator = Operator.objects.order_by("pool").first()
    card = TransitCard.objects.create(id=new_id(NOW), asn=asn, operator=operator, added_at=NOW)
    return Talk(card=card, chip=VirtualCard(CardState(asn=asn, dlk=dlk, dtk=dtk)))


def at_once(act):
    """What `act` gave or raised in each of many threads that begin together."""
    ready, results = threading.Barrier(TWINS), []

    def run():
        ready.wait()
        try:
            results.append(act())
        except DomainError as refused:
            results.append(refused)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(TWINS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == TWINS
    return results


def test_one_order_opened_many_times_at_once_is_one_load(talk):
    order = uuid4()
    opened = at_once(lambda: talk.open(500, order_id=order))
    assert len({conversation.load_id for conversation in opened}) == 1
    assert len(queries.loads_of_order(order)) == 1


def test_one_challenge_sent_many_times_at_once_is_one_seal(talk):
    opened = talk.open()
    answers = talk.pipe(opened.script)
    seals = at_once(lambda: talk.seal(opened.load_id, answers))
    assert sorted(seal.is_new for seal in seals) == [False] * (TWINS - 1) + [True]
    assert len({seal.script[0].apdu_hex for seal in seals}) == 1


def test_many_challenges_at_once_get_one_seal(talk):
    opened = talk.open()
    taps = [talk.pipe(opened.script) for _ in range(TWINS)]
    seals = at_once(lambda: talk.seal(opened.load_id, taps.pop()))
    given = [seal for seal in seals if isinstance(seal, loading.Seal)]
    assert len(given) == 1
    assert all(isinstance(seal, LoadUnresolved) for seal in seals if seal not in given)


def test_proof_and_doubt_at_once_end_as_loaded_once(talk):
    load_id, seal = talk.sealed()
    answers = talk.pipe(seal.script)
    turns = count()

    def act():
        if next(turns) % 2:
            return talk.prove(load_id, ["TORN"])
        return talk.prove(load_id, answers)

    outcomes = {verdict.outcome for verdict in at_once(act)}
    assert outcomes <= {"loaded", "in_doubt"}
    assert queries.get(load_id).state == "loaded"
    assert len(queries.sightings(talk.card)) == 2
