"""A party that drives the card itself hands over values: the same seal, the same refusals."""

import json

import pytest

from nfc_topup import loading
from nfc_topup.card.errors import CardAnswerUnreadable, FactorUnavailable
from nfc_topup.errors import LoadUnresolved, Mac1Wrong
from nfc_topup.keys.sandbox_issuer import import_test_keys
from nfc_topup.models import Load
from tests.nfc_topup.conftest import MASTERS

pytestmark = pytest.mark.django_db


def parts(answer: str) -> dict[str, str]:
    """The answer to INITIALIZE cut as a wallet's server cuts it."""
    cut = {"balance": (0, 8), "counter": (8, 12), "key_version": (12, 14)}
    cut |= {"algorithm": (14, 16), "random": (16, 24), "mac1": (24, 32)}
    return {name: answer[start:end] for name, (start, end) in cut.items()}


def bare(talk, opened):
    """Opens at the card and gives the challenge alone."""
    return loading.challenge_of(**parts(talk.pipe(opened.script)[-1]))


def seal(talk, load_id, challenge):
    prepared = loading.prepare_bare_seal(load_id, challenge, talk.actor, talk.now)
    return loading.commit_seal(prepared, talk.actor, talk.now)


def test_the_bare_challenge_is_sealed_and_its_tac_ends_the_load(talk):
    opened = talk.open(500)
    sealed = seal(talk, opened.load_id, bare(talk, opened))
    tac = talk.pipe(sealed.script)[0][:8]
    assert talk.prove(opened.load_id, loading.credit_answers(tac)).outcome == "loaded"
    assert talk.balance == 1734


def test_it_is_the_very_seal_that_a_transcript_would_have_got(talk):
    opened = talk.open(500)
    answers = talk.pipe(opened.script)
    first = talk.seal(opened.load_id, answers)
    again = seal(talk, opened.load_id, loading.challenge_of(**parts(answers[-1])))
    assert (again.is_new, again.script) == (False, first.script)


def test_without_a_tac_it_is_doubt(talk):
    opened = talk.open(500)
    seal(talk, opened.load_id, bare(talk, opened))
    assert talk.prove(opened.load_id, loading.credit_answers(None)).outcome == "in_doubt"


def test_another_cards_challenge_has_the_wrong_mac1(talk, new_talk):
    opened, other = talk.open(500), new_talk(balance=1234, counter=7)
    with pytest.raises(Mac1Wrong):
        seal(talk, opened.load_id, bare(other, opened))
    assert Load.objects.get(pk=opened.load_id).mac1_refusals == 1


def test_a_second_challenge_gets_no_second_mac2(talk):
    opened = talk.open(500)
    seal(talk, opened.load_id, bare(talk, opened))
    with pytest.raises(LoadUnresolved):
        seal(talk, opened.load_id, bare(talk, opened))


@pytest.mark.parametrize("name", ["balance", "counter", "key_version", "algorithm", "mac1"])
@pytest.mark.parametrize("text", ["", "0", "zz", "00" * 5, "TORN"])
def test_parts_of_another_length_are_unreadable(name, text):
    whole = parts("000004D2000701000A0B0C0D01020304")
    with pytest.raises(CardAnswerUnreadable):
        loading.challenge_of(**whole | {name: text})


def test_a_key_that_needs_more_than_the_number_is_not_guessed(talk, tmp_path):
    file = tmp_path / "levels.json"
    file.write_text(json.dumps(MASTERS | {"levels": ["issuer4x2", "asn8"]}), encoding="utf-8")
    import_test_keys(file, indices=(1,), now=talk.now)
    opened = talk.open(500)
    with pytest.raises(FactorUnavailable):
        seal(talk, opened.load_id, bare(talk, opened))
