"""Any answers at any door of the talk: read or refused by name, and they never end a load."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import DomainError
from nfc_topup import decisions, guard_limits, loading, queries
from nfc_topup.card.apdu import parse_command
from nfc_topup.card.errors import CardAnswerUnreadable
from nfc_topup.card.purse import (
    Purse,
    credit_for_load,
    get_transaction_prove,
    initialize_for_load,
    select,
    verify_pin,
)
from nfc_topup.models import LoadSeal
from tests.support.campaign import size

HARD = settings(max_examples=size(60, 3_000), suppress_health_check=list(HealthCheck))
WORDS = ["TORN", "9000", "9302", "6A83", "9406", "00" * 8 + "9000", "12345678" + "9000", "zz", ""]
ANSWER = st.sampled_from(WORDS) | st.binary(max_size=40).map(lambda raw: raw.hex() + "9000")
ANSWERS = st.lists(ANSWER | st.text(max_size=6), max_size=14)


@pytest.fixture
def sealed(db, talk, settings):
    """A load whose MAC2 is out, and limits that stay out of the way."""
    wide = "card_here=999999/600/600 user=999999/600/600 card=999999/600/0"
    settings.CARD_GUARD_LIMITS = guard_limits.read_limits(wide)
    load_id, _ = talk.sealed()
    return load_id


def refused_or(act):
    try:
        with transaction.atomic():
            return act()
    except (DomainError, CardAnswerUnreadable):
        return None


@pytest.mark.django_db
def test_no_answers_make_a_challenge(db, talk, settings):
    wide = "card_here=999999/600/600 user=999999/600/600 card=999999/600/0"
    settings.CARD_GUARD_LIMITS = guard_limits.read_limits(wide)
    opened = talk.open()
    honest = talk.pipe(opened.script)[:-1]

    @HARD
    @given(ANSWERS | ANSWER.map(lambda last: [*honest, last]))
    def hold(answers):
        refused_or(lambda: talk.seal(opened.load_id, answers))
        assert not LoadSeal.objects.exists()

    hold()


@pytest.mark.django_db
def test_no_answers_are_a_proof(sealed, talk):
    @HARD
    @given(ANSWERS | ANSWER.map(lambda one: [one]))
    def hold(answers):
        verdict = refused_or(lambda: talk.prove(sealed, answers))
        assert verdict is None or verdict.outcome == "in_doubt"
        assert queries.get(sealed).state in ("sealed", "in_doubt")

    hold()


@pytest.mark.django_db
def test_no_answers_are_evidence_and_all_of_them_can_be_shown(sealed, talk):
    script = loading.open_evidence(talk.card, talk.actor, talk.now).script
    fit = st.lists(ANSWER, min_size=len(script), max_size=len(script))

    @HARD
    @given(ANSWERS | fit)
    def hold(answers):
        asked = loading.open_evidence(talk.card, talk.actor, talk.now)
        verdict = refused_or(
            lambda: loading.take_evidence(asked.inquiry_id, answers, talk.actor, talk.now)
        )
        assert verdict is None or verdict.outcome == "unclear"
        assert queries.get(sealed).state == "sealed"

    hold()
    told = decisions.dossier(sealed)
    assert all(one.zh and one.en for one in told.exhibits)


@given(
    amount=st.integers(0, 0xFFFFFFFF),
    index=st.integers(0, 255),
    terminal=st.binary(min_size=6, max_size=6),
    purse=st.sampled_from(list(Purse)),
    digits=st.text("0123456789", min_size=14, max_size=14),
    mac2=st.binary(min_size=4, max_size=4),
    counter=st.integers(0, 0xFFFF),
    data=st.binary(min_size=1, max_size=16),
)
def test_every_builder_builds_what_reads_back(
    amount, index, terminal, purse, digits, mac2, counter, data
):
    built = initialize_for_load(purse, key_index=index, amount_fen=amount, terminal=terminal)
    read = parse_command(bytes.fromhex(built.hex))
    assert read.data == bytes((index,)) + amount.to_bytes(4, "big") + terminal
    read = parse_command(bytes.fromhex(credit_for_load(digits, mac2).hex))
    assert read.data == bytes.fromhex(digits) + mac2
    read = parse_command(bytes.fromhex(get_transaction_prove(purse, counter).hex))
    assert read.data == counter.to_bytes(2, "big")
    for command in (select(data), verify_pin(data)):
        assert parse_command(bytes.fromhex(command.hex)).data == data
