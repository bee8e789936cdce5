"""One load, told as stories: what is written, what is refused, and that refusals move nothing."""

import pytest

from accounts.models import SecurityEvent
from nfc_topup import loading, queries
from nfc_topup.errors import (
    AmountRefused,
    CardLeft,
    CardRefusedStep,
    ChallengeRefused,
    CounterExhausted,
    CounterRolledBack,
    LoadNotOpen,
    LoadNotSealed,
    LoadUnknown,
    LoadUnresolved,
    Mac1Wrong,
    OtherCard,
    PurseWouldOverflow,
    SessionExpired,
)
from nfc_topup.loading import sealing
from nfc_topup.models import Challenge, LoadSeal, Sighting

pytestmark = pytest.mark.django_db


def alarms():
    return list(SecurityEvent.objects.order_by("id").values_list("code", flat=True))


def test_a_load_ends_with_a_proof_that_is_kept(talk):
    load_id, verdict = talk.load(5000)
    assert (verdict.outcome, verdict.new_balance_fen, verdict.counter) == ("loaded", 6234, 7)
    assert talk.balance == 6234
    load = queries.get(load_id)
    assert (load.state, load.ended_by, len(load.tac)) == ("loaded", "credit", 8)
    assert [(s.proof, s.counter, s.balance_fen) for s in queries.sightings(talk.card)] == [
        ("tac", 8, 6234),
        ("mac1", 7, 1234),
    ]
    assert queries.unresolved_load_of(talk.card) is None
    assert alarms() == []


def test_the_time_under_mac2_is_shanghais_and_stays_the_digits_sealed(talk):
    _, seal = talk.sealed()
    assert seal.digits == "20261122110000"
    assert seal.script[0].apdu_hex.startswith("805200000B20261122110000")


def test_loads_follow_each_other_on_one_card(talk):
    for amount in (1, 200, 30000):
        _, verdict = talk.load(amount)
        assert verdict.outcome == "loaded"
        talk.wait(minutes=1)
    assert talk.balance == 1234 + 30201
    assert talk.chip.state.counter == 10


def test_the_same_challenge_gets_the_same_mac2_and_time(talk):
    opened = talk.open()
    answers = talk.pipe(opened.script)
    first = talk.seal(opened.load_id, answers)
    talk.wait(seconds=30)
    again = talk.seal(opened.load_id, [a.lower() for a in answers])
    assert (first.is_new, again.is_new) == (True, False)
    assert again.script == first.script
    assert LoadSeal.objects.count() == 1


def test_two_who_prepare_the_same_challenge_get_one_seal(talk):
    opened = talk.open()
    answers = talk.pipe(opened.script)
    one = loading.prepare_seal(opened.load_id, answers, talk.actor, talk.now)
    talk.wait(seconds=5)
    two = loading.prepare_seal(opened.load_id, answers, talk.actor, talk.now)
    assert one.digits != two.digits
    seals = [loading.commit_seal(p, talk.actor, talk.now) for p in (one, two)]
    assert [s.is_new for s in seals] == [True, False]
    assert seals[0].script == seals[1].script


def test_another_challenge_under_a_sealed_load_gets_nothing(talk):
    opened = talk.open()
    talk.seal(opened.load_id, talk.pipe(opened.script))
    with pytest.raises(LoadUnresolved):
        talk.seal(opened.load_id, talk.pipe(opened.script))
    assert LoadSeal.objects.count() == 1


def test_mac2_shows_in_no_text_before_its_row_is_written(talk):
    opened = talk.open()
    prepared = loading.prepare_seal(opened.load_id, talk.pipe(opened.script), talk.actor, talk.now)
    assert prepared.mac2.hex() not in repr(prepared)
    assert LoadSeal.objects.count() == 0


def test_opening_twice_for_one_order_is_opening_once(talk):
    order = talk.open().load_id
    first = talk.open(700, order_id=order)
    again = talk.open(700, order_id=order)
    other = talk.open(701, order_id=order)
    assert first == again
    assert other.load_id != first.load_id
    assert [load.state for load in queries.loads_of_order(order)] == ["abandoned", "opened"]


def test_no_new_load_while_one_is_unresolved(talk):
    load_id, _ = talk.sealed()
    with pytest.raises(LoadUnresolved) as refused:
        talk.open()
    assert refused.value.facts == {"load_id": load_id}
    assert queries.unresolved_load_of(talk.card).id == load_id


def test_a_forged_mac1_gets_nothing_and_raises_an_alarm(talk):
    opened = talk.open()
    answers = talk.pipe(opened.script[:-1])
    talk.chip.line("!flip 12")
    answers += talk.pipe(opened.script[-1:])
    for _ in range(3):
        with pytest.raises(Mac1Wrong):
            talk.seal(opened.load_id, answers)
    with pytest.raises(LoadNotOpen):
        talk.seal(opened.load_id, answers)
    assert alarms() == ["mac1_wrong"] * 3
    assert queries.get(opened.load_id).mac1_refusals == 3
    assert not LoadSeal.objects.exists()
    assert not Sighting.objects.exists()
    assert queries.get(opened.load_id).application.counter_watermark is None


@pytest.mark.parametrize("byte", range(16))
def test_no_byte_of_a_challenge_can_be_changed(talk, byte):
    opened = talk.open()
    answers = talk.pipe(opened.script[:-1])
    talk.chip.line(f"!flip {byte}")
    answers += talk.pipe(opened.script[-1:])
    if byte == 6:  # the key version is under no MAC; the key is chosen by us, not by it
        assert talk.seal(opened.load_id, answers).is_new
        return
    with pytest.raises(ChallengeRefused):
        talk.seal(opened.load_id, answers)
    assert not LoadSeal.objects.exists()


def test_an_answer_recorded_for_one_load_is_worth_nothing_for_another(talk):
    recorded = talk.pipe(talk.open(1000).script)
    opened = talk.open(1001)
    with pytest.raises(Mac1Wrong):
        talk.seal(opened.load_id, recorded)
    assert alarms() == ["mac1_wrong"]


def test_another_card_than_the_orders_is_told_so(talk, new_talk):
    opened = talk.open()
    stranger = new_talk(balance=1234, counter=7)
    with pytest.raises(OtherCard):
        talk.seal(opened.load_id, stranger.pipe(opened.script))
    answers = stranger.pipe(opened.script)
    answers[1] = talk.pipe(opened.script)[1]
    with pytest.raises(Mac1Wrong):
        talk.seal(opened.load_id, answers)


def test_a_counter_that_goes_back_is_refused_with_an_alarm(talk):
    talk.load()
    talk.chip.state.counter = 7
    opened = talk.open()
    with pytest.raises(CounterRolledBack):
        talk.seal(opened.load_id, talk.pipe(opened.script))
    assert alarms() == ["card_counter_rolled_back"]
    assert LoadSeal.objects.count() == 1


def test_a_counter_that_jumps_is_loaded_but_raises_an_alarm(talk):
    talk.load()
    talk.chip.state.counter += 2
    _, verdict = talk.load()
    assert verdict.outcome == "loaded"
    assert alarms() == ["card_counter_jump"]


def test_a_counter_at_its_end_is_refused(new_talk):
    last = new_talk(counter=65534)
    _, verdict = last.load()
    assert verdict.outcome == "loaded"
    opened = last.open()
    with pytest.raises(CardRefusedStep):
        last.seal(opened.load_id, last.pipe(opened.script))


def test_the_gateway_itself_refuses_counter_65535(new_talk, monkeypatch):
    talk = new_talk(counter=65535)
    monkeypatch.setattr(type(talk.chip), "_initialize", _without_counter_check)
    opened = talk.open()
    with pytest.raises(CounterExhausted):
        talk.seal(opened.load_id, talk.pipe(opened.script))


def _without_counter_check(self, p1, p2, data):
    from gateway.sandbox.card_macs import ecb, mac

    nonce, counter = b"\1\2\3\4", b"\xff\xff"
    key = ecb(bytes.fromhex(self.state.dlk), nonce + counter + b"\x80\0")
    signed = mac(key, bytes(4) + data[1:5] + bytes((p2,)) + data[5:])
    return bytes(4) + counter + b"\1\0" + nonce + signed + b"\x90\0"


def test_caps_are_judged_by_what_mac1_covers(new_talk):
    full = new_talk(balance=99_500)
    opened = full.open(501)
    with pytest.raises(PurseWouldOverflow):
        full.seal(opened.load_id, full.pipe(opened.script))
    assert full.load(500)[1].outcome == "loaded"
    for amount in (0, -1, 100_001):
        with pytest.raises(AmountRefused):
            full.open(amount)


def test_a_late_challenge_is_refused_and_swept(talk):
    opened = talk.open()
    answers = talk.pipe(opened.script)
    talk.wait(seconds=61)
    with pytest.raises(SessionExpired):
        talk.seal(opened.load_id, answers)
    assert loading.abandon_stale(talk.now) == 1
    assert loading.abandon_stale(talk.now) == 0
    assert queries.get(opened.load_id).state == "abandoned"
    assert talk.load()[1].outcome == "loaded"


def test_a_card_that_leaves_or_refuses_early_gets_nothing(talk, new_talk):
    opened = talk.open()
    talk.chip.line("!tear-before")
    with pytest.raises(CardLeft):
        talk.seal(opened.load_id, talk.pipe(opened.script))
    locked = new_talk()
    locked.chip.state.pin_tries = 0
    opened = locked.open()
    with pytest.raises(CardRefusedStep) as refused:
        locked.seal(opened.load_id, locked.pipe(opened.script))
    assert refused.value.facts["sw"] == "6A83"
    assert not Challenge.objects.exists()


def test_unknown_and_unsealed_loads_are_told_so(talk):
    opened = talk.open()
    with pytest.raises(LoadNotSealed):
        talk.prove(opened.load_id, ["9000"])
    with pytest.raises(LoadUnknown):
        talk.prove(talk.card.id, ["9000"])


def test_a_card_without_pin_and_with_another_key_index(new_talk, keys_file):
    from gateway.sandbox.virtual_card import Quirks
    from nfc_topup.keys.sandbox_issuer import import_test_keys, sandbox_profile_name

    import_test_keys(keys_file, indices=(1, 2))
    name = sandbox_profile_name(pin_hex=None, key_index=2, proofs="no")
    other = new_talk(quirks=Quirks(pin=None, key_index=2), profile_name=name)
    assert other.load()[1].outcome == "loaded"
    assert not any(command.startswith("0020") for command in other.sent)


def test_a_twin_sealed_between_two_looks_is_no_replay(talk, monkeypatch):
    opened = talk.open()
    answers = talk.pipe(opened.script)
    judge, twins = sealing.refusal_of, []

    def after_the_twin(*told):
        if not twins:
            twins.append(None)
            twins[0] = talk.seal(opened.load_id, answers)
        return judge(*told)

    monkeypatch.setattr(sealing, "refusal_of", after_the_twin)
    seal = talk.seal(opened.load_id, answers)
    assert (seal.is_new, twins[0].is_new) == (False, True)
    assert seal.script == twins[0].script, "one MAC2, one time"
    assert not SecurityEvent.objects.filter(subject=f"load:{opened.load_id}").exists()
