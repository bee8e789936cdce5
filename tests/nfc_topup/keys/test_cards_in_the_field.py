"""A rotation with overlap: cards of both master keys load side by side; doubts heal across it."""

import os

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import SecurityEvent
from gateway.sandbox.card_macs import SM4_BYTE
from nfc_topup import keyring, loading
from nfc_topup.card.profiles import by_name
from nfc_topup.errors import KeyVersionNotServing, KeyVersionUnknown, LoadNotOpen, Mac1Wrong
from nfc_topup.keys import inventory, rotation
from nfc_topup.keys.errors import PlanWrong, TooManyServe
from nfc_topup.models import FailureTally, Load, LoadSeal
from nfc_topup.vault.pkcs11_pool import Pool
from tests.nfc_topup.conftest import NOW
from tests.nfc_topup.keys.conftest import activated, brought, in_use, later, officer
from tests.nfc_topup.keys.field import NEW, NEWER, OLD, PAIR, card_of, issue

READINGS = ["", "sandbox:version=load", "sandbox-key-version"]


def retire(keys, because="all cards moved"):
    security = officer()
    for key in keys:
        rotation.retire(key.id, because=because, by=security, now=NOW)


def torn(talk, when):
    """A load whose CREDIT the card tears away from; its id."""
    load_id, seal = talk.sealed()
    talk.chip.line(when)
    assert talk.prove(load_id, talk.pipe(seal.script)).outcome == "in_doubt"
    return load_id


def refused(talk, error):
    """The card is opened for and its challenge refused: nothing has moved."""
    before = talk.balance, talk.chip.state.counter, LoadSeal.objects.count()
    opened = talk.open()
    with pytest.raises(error):
        talk.seal(opened.load_id, talk.pipe(opened.script))
    assert Load.objects.get(pk=opened.load_id).state == "opened"
    assert (talk.balance, talk.chip.state.counter, LoadSeal.objects.count()) == before
    return opened


@pytest.mark.parametrize("profile", READINGS)
def test_cards_of_both_versions_before_during_and_after_a_rotation(
    vault_at_work, operator, profile
):
    def card(keys, byte):
        return card_of(keys, 0, operator, byte=byte, profile=profile)

    old = issue(OLD, card_byte=1)
    begun_before, empty_before, early = card(OLD, 1), card(OLD, 1), card(NEW, 2)
    assert card(OLD, 1).load()[1].outcome == "loaded"
    before = {torn(begun_before, "!tear-after"), torn(empty_before, "!tear-before")}
    planned = [
        brought(bytes.fromhex(NEW[name]), purpose=purpose, card_byte=2) for name, purpose in PAIR
    ]
    refused(early, KeyVersionNotServing if profile else Mac1Wrong)  # the key is not yet at work
    new = [activated(ceremony) for ceremony in planned]
    assert {key.state for key in keyring.versions_at(1)} == {"active", "outgoing"}
    during_old, during_new, late_old = card(OLD, 1), card(NEW, 2), card(OLD, 1)
    for talk in (during_old, during_new, card(OLD, 1), card(NEW, 2)):
        assert talk.load()[1].outcome == "loaded"
    during = {torn(during_old, "!tear-after"), torn(during_new, "!tear-after")}
    assert early.load()[1].outcome == "loaded"
    assert begun_before.evidence().outcome == "loaded"
    during |= {torn(begun_before, "!tear-before")}
    retire(old)
    refused(late_old, KeyVersionNotServing)
    assert empty_before.evidence().outcome == "not_loaded"
    assert during_old.evidence().outcome == "loaded"
    assert during_new.evidence().outcome == "loaded"
    assert begun_before.evidence().outcome == "not_loaded"
    assert card(NEW, 2).load()[1].outcome == "loaded"
    assert not FailureTally.objects.filter(scope="card_here").exists()
    sealed_by = {
        seal.load_id: (seal.load_key_version, [one["version"] for one in seal.tac_keys])
        for seal in LoadSeal.objects.all()
    }
    both = profile == "sandbox-key-version"
    for load_id in before:
        assert sealed_by[load_id] == (old[0].version, [old[1].version])
    for load_id in during:
        version, tacs = sealed_by[load_id]
        place = 0 if version == old[0].version else 1
        issuer = (old, new)[place]
        assert (version, tacs[0]) == (issuer[0].version, issuer[1].version), "the likeliest first"
        assert len(tacs) == (1 if both else 2)
    use = {row.id: row.use for row in inventory.rows(NOW)}
    assert use[old[0].id].sealed == 7
    assert use[new[0].id].sealed == len(sealed_by) - 7
    assert {use[key.id].unresolved for key in (*old, *new)} == {0, use[new[0].id].unresolved}


def test_an_unknown_byte_is_refused_with_an_alarm_and_nothing_moves(software, operator):
    issue(OLD, card_byte=1)
    talk = card_of(OLD, 0, operator, byte=9, profile="sandbox-key-version")
    opened = refused(talk, KeyVersionUnknown)
    told = SecurityEvent.objects.filter(code="card_key_version_unknown")
    assert [event.subject for event in told] == [f"load:{opened.load_id}"]
    assert told[0].facts["byte"] == 9
    for _ in range(2):
        with pytest.raises(KeyVersionUnknown):
            talk.seal(opened.load_id, talk.pipe(opened.script))
    with pytest.raises(LoadNotOpen):  # nobody floods us with alarms
        talk.seal(opened.load_id, talk.pipe(opened.script))
    assert told.all().count() == 3
    assert not FailureTally.objects.exists(), "nothing was compared"
    assert KeyVersionUnknown.zh != KeyVersionUnknown.en != ""


@pytest.mark.parametrize("profile", ["sandbox:version=load", "sandbox-key-version"])
def test_a_byte_that_lies_finds_no_other_key(software, operator, profile):
    issue(OLD, card_byte=1)
    issue(NEW, card_byte=2)
    refused(card_of(OLD, 0, operator, byte=2, profile=profile), Mac1Wrong)
    refused(card_of(NEW, 0, operator, byte=1, profile=profile), Mac1Wrong)


def test_a_version_that_tells_no_byte_may_be_any_card_s(software, operator):
    issue(OLD)
    issue(NEW, card_byte=2)
    for keys, byte in ((OLD, 1), (OLD, 77), (NEW, 2)):
        talk = card_of(keys, 0, operator, byte=byte, profile="sandbox-key-version")
        assert talk.load()[1].outcome == "loaded"
    refused(card_of(OLD, 0, operator, byte=2, profile="sandbox-key-version"), Mac1Wrong)


def test_of_two_tries_only_a_failure_of_both_is_one(software, operator):
    issue(OLD)
    issue(NEW)
    card_of(OLD, 0, operator).load()
    assert not FailureTally.objects.exists()
    stranger = card_of(NEWER, 0, operator)
    refused(stranger, Mac1Wrong)
    assert set(FailureTally.objects.values_list("failures", flat=True)) == {1}
    assert SecurityEvent.objects.filter(code="mac1_wrong").count() == 1


def test_an_expired_outgoing_version_seals_nothing_and_locks_nobody(software, operator):
    issue(OLD)
    new = [
        in_use(bytes.fromhex(NEW[name]), purpose=purpose, now=later(300)) for name, purpose in PAIR
    ]
    talk = card_of(OLD, 0, operator)
    talk.now = later(300)
    load_id = torn(talk, "!tear-after")
    talk.now = later(366)
    assert talk.evidence().outcome == "loaded"
    assert Load.objects.get(pk=load_id).state == "loaded"
    refused(talk, KeyVersionNotServing)
    assert not FailureTally.objects.exists()
    other = card_of(NEW, 0, operator)
    other.now = talk.now
    assert other.load()[1].outcome == "loaded"
    assert new[0].version == LoadSeal.objects.latest("sealed_at").load_key_version


def test_a_key_that_retires_between_the_vault_and_the_row_seals_nothing(software, operator):
    old = issue(OLD)
    issue(NEW)
    talk = card_of(OLD, 0, operator)
    opened = talk.open()
    answers = talk.pipe(opened.script)
    prepared = loading.prepare_seal(opened.load_id, answers, talk.actor, NOW)
    retire(old[:1], because="a sheet was lost")
    with pytest.raises(KeyVersionNotServing):
        loading.commit_seal(prepared, talk.actor, NOW)
    assert not LoadSeal.objects.exists()
    assert Load.objects.get().state == "opened"


def test_what_was_sealed_is_told_again_after_its_key_retired(software, operator):
    old = issue(OLD)
    talk = card_of(OLD, 0, operator)
    opened = talk.open()
    answers = talk.pipe(opened.script)
    first = talk.seal(opened.load_id, answers)
    issue(NEW)
    retire(old)
    again = talk.seal(opened.load_id, answers)
    assert (again.is_new, again.script) == (False, first.script)
    assert talk.prove(opened.load_id, talk.pipe(again.script)).outcome == "loaded"


def test_only_so_many_versions_serve_at_once_and_no_two_under_one_byte(software):
    first = in_use(os.urandom(16), card_byte=1)
    with pytest.raises(PlanWrong):
        brought(os.urandom(16), card_byte=1)
    for byte in (2, 3, 4):
        in_use(os.urandom(16), card_byte=byte)
    fifth = brought(os.urandom(16), card_byte=5)
    with pytest.raises(TooManyServe):
        activated(fifth)
    fifth.refresh_from_db()
    assert fifth.state == "brought"
    retire([first])
    assert activated(fifth).state == "active"
    assert brought(os.urandom(16), card_byte=1).card_byte == 1


@pytest.mark.parametrize("keys", [OLD, NEW])
def test_the_doors_ask_the_database_as_often_as_with_one_version(software, operator, keys):
    """Beside the vault's own look for each key it tries."""

    def asked(talk):
        opened = talk.open()
        answers = talk.pipe(opened.script)
        with CaptureQueriesContext(connection) as seal_queries:
            seal = talk.seal(opened.load_id, answers)
        told = talk.pipe(seal.script)
        with CaptureQueriesContext(connection) as proof_queries:
            talk.prove(opened.load_id, told)
        return tuple(
            len([one for one in queries if 'cardkey"."sealed"' not in one["sql"]])
            for queries in (seal_queries, proof_queries)
        ), len(seal_queries)

    issue(keys)
    alone, whole = asked(card_of(keys, 0, operator))
    issue(NEWER)
    beside, _ = asked(card_of(keys, 0, operator))
    newest, whole_newest = asked(card_of(NEWER, 0, operator))
    assert alone == beside == newest
    assert whole == whole_newest


def test_a_token_is_asked_once_however_many_versions_serve(token_at_work, operator, monkeypatch):
    issue(OLD)
    issue(NEW)
    talk = card_of(OLD, 0, operator)
    opened = talk.open()
    answers = talk.pipe(opened.script)
    asked, ask = [], Pool.ask

    def counting(self, question):
        asked.append(question["ask"])
        return ask(self, question)

    monkeypatch.setattr(Pool, "ask", counting)
    seal = talk.seal(opened.load_id, answers)
    assert asked == ["first"]
    assert talk.prove(opened.load_id, talk.pipe(seal.script)).outcome == "loaded"
    assert asked == ["first", "first"]


def test_sm4_keys_come_in_by_ceremony_and_rotate_the_same_way(software, operator):
    profile = by_name("sm4")

    def card(keys):
        words = {"key_index": profile.key_index, "algorithm": SM4_BYTE, "profile": "sm4"}
        return card_of(keys, 0, operator, **words)

    words = {"algorithm": "sm4", "index": profile.vault_index}
    old = issue(OLD, **words)
    waiting = card(OLD)
    assert card(OLD).load()[1].outcome == "loaded"
    torn(waiting, "!tear-after")
    new = issue(NEW, **words)
    assert card(OLD).load()[1].outcome == "loaded"
    assert card(NEW).load()[1].outcome == "loaded"
    assert waiting.evidence().outcome == "loaded"
    refused(card(NEWER), Mac1Wrong)
    retire(old)
    refused(card(OLD), KeyVersionNotServing)
    assert {key.algorithm for key in (*old, *new)} == {"sm4"}
