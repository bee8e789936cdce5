"""An INITIALIZE answer is good once: here, at another terminal, after a restart, after a new SE."""

import pytest
from django.db import connections

from accounts.actors import Actor
from gateway.sandbox.virtual_card import Quirks
from nfc_topup import applications, keyring, loading, queries
from nfc_topup.errors import ChallengeReplayed, LoadUnresolved, Mac1Wrong, PurseWouldOverflow
from nfc_topup.models import Challenge, LoadSeal
from tests.nfc_topup.test_guarding import lasting_talk  # noqa: F401

ELSEWHERE = [
    Actor(kind="kiosk", id="kiosk-4"),
    Actor(kind="citizen", id="another-phone"),
    Actor(kind="provider", id="some-wallet"),
]


@pytest.mark.django_db
@pytest.mark.parametrize("terminal", ELSEWHERE, ids=str)
def test_a_recorded_answer_is_worth_nothing_at_another_terminal(talk, terminal):
    recorded = talk.pipe(talk.open().script)
    talk.actor = terminal
    opened = talk.open()
    with pytest.raises(Mac1Wrong):
        talk.seal(opened.load_id, recorded)
    assert not LoadSeal.objects.exists()
    assert not Challenge.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("terminal", ELSEWHERE, ids=str)
def test_the_answer_to_a_question_asked_elsewhere_ends_no_doubt(talk, terminal):
    load_id, _ = talk.sealed()
    first = loading.open_evidence(talk.card, talk.actor, talk.now)
    answers = talk.pipe(first.script)
    second = loading.open_evidence(talk.card, terminal, talk.now)
    verdict = loading.take_evidence(second.inquiry_id, answers, terminal, talk.now)
    assert (verdict.outcome, queries.get(load_id).state) == ("unclear", "sealed")


@pytest.mark.django_db
def test_an_answer_of_the_same_load_is_sealed_once_whatever_the_terminal_number(talk, monkeypatch):
    """Even where terminal numbers repeat, counter and card random make an answer single."""
    monkeypatch.setattr("nfc_topup.loading.opening.new_terminal", lambda _: bytes(6))
    opened = talk.open()
    answers = talk.pipe(opened.script)
    seal = talk.seal(opened.load_id, answers)
    talk.chip.line("!tear-before")
    talk.prove(opened.load_id, talk.pipe(seal.script))
    assert talk.evidence().outcome == "not_loaded"
    again = talk.open()
    with pytest.raises(ChallengeReplayed):
        talk.seal(again.load_id, answers)
    assert LoadSeal.objects.count() == 1


def test_after_a_restart_the_same_answer_gets_the_same_mac2_and_nothing_else(lasting_talk):  # noqa: F811
    talk = lasting_talk
    opened = talk.open()
    answers, other = talk.pipe(opened.script), talk.pipe(opened.script)
    first = talk.seal(opened.load_id, answers)
    connections.close_all()
    assert talk.seal(opened.load_id, answers).script == first.script
    with pytest.raises(LoadUnresolved):
        talk.seal(opened.load_id, other)
    connections.close_all()
    assert LoadSeal.objects.filter(load_id=opened.load_id).count() == 1


@pytest.mark.django_db
def test_after_the_card_was_provisioned_anew_nothing_old_is_taken(talk):
    opened = talk.open()
    recorded = talk.pipe(opened.script)
    seal = talk.seal(opened.load_id, recorded)
    assert talk.prove(opened.load_id, talk.pipe(seal.script)).outcome == "loaded"
    applications.begin_anew(talk.card, actor=talk.actor, now=talk.now)
    anew = talk.open()
    with pytest.raises(Mac1Wrong):
        talk.seal(anew.load_id, recorded)
    talk.chip.state.counter = 0
    talk.chip.state.balances["2"] = 0
    assert talk.load(300)[1].outcome == "loaded", "the new one begins at its own counter"


@pytest.mark.django_db
@pytest.mark.parametrize("garbage_bit", [0, 1 << 31])
@pytest.mark.parametrize("short_fen", [0, 1])
def test_the_purse_is_never_overfilled_whatever_bit_31_says(new_talk, garbage_bit, short_fen):
    """Bit 31 is no money on some cards; MAC1 covers it all the same, so nobody can put it there."""
    cap_fen = keyring.profile_named("sandbox").balance_cap_fen
    balance = garbage_bit | (cap_fen - 700 - short_fen)
    talk = new_talk(balance=balance, counter=7, quirks=Quirks(limit_fen=1 << 32))
    opened = talk.open(701)
    if short_fen:
        seal = talk.seal(opened.load_id, talk.pipe(opened.script))
        assert seal.balance_fen + 701 == cap_fen
        assert talk.prove(opened.load_id, talk.pipe(seal.script)).outcome == "loaded"
        assert queries.get(opened.load_id).new_balance_fen == cap_fen
        assert talk.balance == balance + 701
        return
    with pytest.raises(PurseWouldOverflow):
        talk.seal(opened.load_id, talk.pipe(opened.script))
    assert not LoadSeal.objects.exists()


@pytest.mark.django_db
def test_nobody_lowers_a_balance_to_get_under_the_cap(new_talk):
    talk = new_talk(balance=99_900, counter=7, quirks=Quirks(limit_fen=1 << 32))
    opened = talk.open(5_000)
    answers = talk.pipe(opened.script)
    for lie in ("00000000", f"{99_900 - 5_000:08X}", f"{(1 << 31) | 99_900:08X}"):
        with pytest.raises((Mac1Wrong, PurseWouldOverflow)):
            talk.seal(opened.load_id, [*answers[:-1], lie + answers[-1][8:]])
    assert not LoadSeal.objects.exists()
