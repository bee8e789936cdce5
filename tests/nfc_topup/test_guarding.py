"""Who shows too many wrong MAC1s is shut out for a while, and nobody else is shut out with them."""

import threading
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest
from django.db import connection, connections

from accounts import clock, roles
from accounts.actors import Actor
from accounts.errors import DomainError, IllegalTransition, MakerIsChecker, NotAllowed
from accounts.identifiers import new_id
from accounts.models import Operator, SecurityEvent, TransitCard
from gateway.sandbox.virtual_card import CardState, Quirks, VirtualCard, card_keys
from nfc_topup import guarding, incidents, loading, locks, queries
from nfc_topup.errors import CounterRolledBack, LoadLocked, Mac1Wrong
from nfc_topup.guard_limits import DEFAULTS, Scope, read_limits
from nfc_topup.keys.sandbox_issuer import import_test_keys
from nfc_topup.models import FailureTally, Incident, Lock
from nfc_topup.officer_errors import IncidentUnknown, LockNotActive, LockUnknown, ReasonMissing
from tests.nfc_topup.conftest import MASTERS, NOW, Talk
from tests.nfc_topup.officers import officer
from tests.nfc_topup.test_decisions import refused

ATTACKER = Actor(kind="citizen", id="attacker")
KIOSK = Actor(kind="kiosk", id="kiosk-17")
TWINS = 32


@pytest.fixture
def talk(new_talk):
    """At the machine's own moment: the database spends approvals by its own clock."""
    made = new_talk(balance=1234, counter=7)
    made.now = clock.now()
    return made


def garbage(script, answers):
    """The same answers with another MAC1."""
    return [*answers[:-1], answers[-1][:24] + "0BADC0DE" + "9000"]


def guess(talk, actor, times):
    """This actor presents wrong MAC1s for the card; how many of them the vault compared."""
    compared = 0
    for _ in range(times):
        talk.actor = actor
        try:
            opened = talk.open()
            talk.seal(opened.load_id, garbage(opened.script, talk.pipe(opened.script)))
        except Mac1Wrong:
            compared += 1
        except LoadLocked:
            pass
    return compared


@pytest.mark.django_db
def test_a_victims_card_is_locked_for_its_attacker_alone(talk):
    honest = talk.actor
    limit = DEFAULTS[Scope.CARD_HERE].failures
    assert guess(talk, ATTACKER, 12) == limit
    with pytest.raises(LoadLocked) as told:
        talk.open()
    ends_at = talk.now + DEFAULTS[Scope.CARD_HERE].lock
    assert told.value.facts["ends_at"] == ends_at.isoformat()
    talk.actor = honest
    assert talk.load()[1].outcome == "loaded", "the victim taps and is served"
    talk.actor = ATTACKER
    with pytest.raises(LoadLocked):
        talk.open()
    talk.now = ends_at
    assert talk.load()[1].outcome == "loaded", "a lock ends when it said it would"


@pytest.mark.django_db
def test_a_lock_stops_evidence_from_being_guessed_and_repair_goes_on_elsewhere(talk):
    load_id, _ = talk.sealed()
    victim = talk.actor
    talk.actor = ATTACKER
    for _ in range(DEFAULTS[Scope.CARD_HERE].failures):
        asked = loading.open_evidence(talk.card, ATTACKER, talk.now)
        told = garbage(asked.script, talk.pipe(asked.script))
        verdict = loading.take_evidence(asked.inquiry_id, told, ATTACKER, talk.now)
        assert verdict.outcome == "unclear"
    asked = loading.open_evidence(talk.card, ATTACKER, talk.now)
    with pytest.raises(LoadLocked):
        loading.take_evidence(asked.inquiry_id, talk.pipe(asked.script), ATTACKER, talk.now)
    assert queries.get(load_id).state == "sealed"
    talk.actor = victim
    assert talk.evidence().outcome == "not_loaded"


@pytest.mark.django_db
def test_a_right_mac1_clears_what_the_same_actor_has_shown(talk):
    almost = DEFAULTS[Scope.CARD_HERE].failures - 1
    for _ in range(3):
        assert guess(talk, ATTACKER, almost) == almost
        assert talk.load()[1].outcome == "loaded"
        talk.wait(minutes=11)
    assert not Lock.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("actor", "scope"),
    [
        (KIOSK, Scope.TERMINAL),
        (ATTACKER, Scope.USER),
        (Actor(kind="channel", id="some-wallet"), Scope.PROVIDER),
    ],
)
def test_a_terminal_and_a_user_are_locked_over_all_cards(new_talk, settings, actor, scope):
    settings.CARD_GUARD_LIMITS = read_limits(f"{scope.value}=6/600/900")
    cards = [new_talk() for _ in range(4)]
    assert sum(guess(card, actor, 2) for card in cards[:3]) == 6
    assert guess(cards[3], actor, 2) == 0
    [lock] = locks.in_force(None, NOW)
    assert (lock.scope, lock.actor, lock.card) == (scope.value, str(actor), "")
    cards[3].actor = Actor(kind=actor.kind, id="another-one")
    assert cards[3].load()[1].outcome == "loaded"
    assert SecurityEvent.objects.filter(code="load_locked").count() == 1


@pytest.mark.django_db
def test_many_who_attack_one_card_raise_an_alarm_and_lock_nobody_out(talk, settings):
    settings.CARD_GUARD_LIMITS = read_limits("card=9/86400/0")
    for number in range(5):
        guess(talk, Actor(kind="citizen", id=f"attacker-{number}"), 2)
    assert SecurityEvent.objects.filter(code="card_under_attack").count() == 1
    assert not Lock.objects.exists()
    talk.actor = KIOSK
    assert talk.load()[1].outcome == "loaded"


@pytest.mark.django_db
def test_failures_of_long_ago_do_not_count(talk):
    for _ in range(4):
        guess(talk, ATTACKER, DEFAULTS[Scope.CARD_HERE].failures - 1)
        talk.wait(minutes=11)
    assert not Lock.objects.exists()


@pytest.mark.django_db
def test_a_vault_that_does_not_answer_counts_for_nothing(talk):
    application = queries.get(talk.open().load_id).application
    with (
        pytest.raises(RuntimeError, match="gone"),
        guarding.comparison(application, ATTACKER, talk.now),
    ):
        raise RuntimeError("the vault is gone")
    assert not FailureTally.objects.exists()


@pytest.fixture
def lasting_talk(lasting_db, keys_file):
    import_test_keys(keys_file, now=NOW)
    asn = f"031051700196{next(_numbers):08d}"
    dlk, dtk = card_keys(MASTERS, asn)
    operator = Operator.objects.order_by("pool").first()
    card = TransitCard.objects.create(id=new_id(NOW), asn=asn, operator=operator, added_at=NOW)
    return Talk(card=card, chip=VirtualCard(CardState(asn=asn, dlk=dlk, dtk=dtk)))


_numbers = count(uuid4().int % 10**7)


@pytest.mark.parametrize("limit", [TWINS, 5])
def test_of_many_failures_at_once_none_is_lost_and_one_locks(lasting_talk, settings, limit):
    settings.CARD_GUARD_LIMITS = read_limits(f"card_here={limit}/600/900 user=1000/600/900")
    talk, ready, results = lasting_talk, threading.Barrier(TWINS), []
    talk.actor = Actor(kind="citizen", id=f"attacker-{uuid4()}")
    opened = talk.open()
    application = queries.get(opened.load_id).application
    answers = garbage(opened.script, talk.pipe(opened.script))

    def attack():
        ready.wait()
        try:
            with guarding.comparison(application, talk.actor, talk.now) as compared:
                compared.verifies = False
            results.append("compared")
        except DomainError as error:
            results.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=attack) for _ in range(TWINS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    compared = results.count("compared")
    assert compared + results.count("load_locked") == TWINS
    here = FailureTally.objects.get(scope="card_here", subject=f"{application.pk}@{talk.actor}")
    user = FailureTally.objects.get(scope="user", subject=str(talk.actor))
    assert here.failures == user.failures == compared, "none is lost"
    assert compared == TWINS or compared >= limit
    assert Lock.objects.filter(actor_id=talk.actor.id).count() == 1
    with pytest.raises(LoadLocked):
        talk.seal(opened.load_id, answers)
    here.refresh_from_db()
    assert here.failures == compared, "who is locked out has nothing compared"


@pytest.mark.django_db
def test_two_officers_lift_a_lock_and_the_count_begins_anew(talk):
    pool = talk.card.operator.pool
    clerk, guard = officer(roles.CLERK, pool), officer(roles.SECURITY_OFFICER, pool)
    guess(talk, ATTACKER, 6)
    [lock] = locks.in_force(pool, talk.now)
    assert lock.card.endswith(talk.card.asn[-4:])
    assert talk.card.asn[1:] not in repr(lock)
    for wrong, error in ((" ", ReasonMissing), ("x" * 201, ReasonMissing)):
        with pytest.raises(error):
            locks.propose_lift(lock.lock_id, reason=wrong, maker=clerk, now=talk.now)
    stranger = officer(roles.CLERK, pool + 1)
    with pytest.raises(NotAllowed):
        locks.propose_lift(lock.lock_id, reason="r", maker=stranger, now=talk.now)
    asked = locks.propose_lift(lock.lock_id, reason="他来过柜台", maker=clerk, now=talk.now)
    for nobody, error in ((clerk, MakerIsChecker), (officer(pool=pool), NotAllowed)):
        with pytest.raises(error):
            locks.approve_lift(asked.id, checker=nobody, now=talk.now)
    assert locks.in_force(pool, talk.now) == [lock]
    locks.approve_lift(asked.id, checker=guard, now=talk.now)
    assert locks.in_force(pool, talk.now) == []
    with pytest.raises(LockNotActive):
        locks.approve_lift(asked.id, checker=guard, now=talk.now)
    assert guess(talk, ATTACKER, 12) == DEFAULTS[Scope.CARD_HERE].failures
    with pytest.raises(LockUnknown):
        locks.propose_lift(uuid4(), reason="r", maker=clerk, now=talk.now)


@pytest.mark.django_db
def test_an_approval_for_one_lock_lifts_no_other(talk, new_talk):
    pool = talk.card.operator.pool
    clerk, guard = officer(roles.CLERK, pool), officer(roles.SECURITY_OFFICER, pool)
    other = new_talk()
    other.now = talk.now
    guess(talk, ATTACKER, 6)
    guess(other, KIOSK, 6)
    first, second = Lock.objects.order_by("id")
    asked = locks.propose_lift(first.id, reason="r", maker=clerk, now=talk.now)
    locks.approve_lift(asked.id, checker=guard, now=talk.now)
    sql = "SELECT public.nfc_topup_lift_lock(%s, %s, now())"
    with connection.cursor() as cursor:
        cursor.execute(sql, [second.id, asked.id])
        assert cursor.fetchone()[0] == "already_spent"
    assert refused("UPDATE nfc_topup_lock SET state = 'lifted'") == "InsufficientPrivilege"
    assert refused("DELETE FROM nfc_topup_lock") == "InsufficientPrivilege"


@pytest.mark.django_db
def test_a_card_that_is_shut_gets_nothing_new_but_is_still_repaired(talk):
    load_id, _ = talk.sealed()
    loading.lock_card(load_id, because="credited_after_refund", actor=KIOSK, now=talk.now)
    loading.lock_card(load_id, because="credited_after_refund", actor=KIOSK, now=talk.now)
    assert len(locks.in_force(None, talk.now)) == 1, "shut once"
    assert talk.evidence().outcome == "not_loaded"
    talk.wait(days=400)
    with pytest.raises(LoadLocked) as told:
        talk.open()
    assert told.value.facts["ends_at"] is None


@pytest.mark.django_db
def test_a_card_shut_between_challenge_and_seal_gets_no_mac2(talk):
    opened = talk.open()
    prepared = loading.prepare_seal(opened.load_id, talk.pipe(opened.script), talk.actor, talk.now)
    loading.lock_card(opened.load_id, because="credited_after_refund", actor=KIOSK, now=talk.now)
    with pytest.raises(LoadLocked):
        loading.commit_seal(prepared, talk.actor, talk.now)
    assert queries.seal_of(opened.load_id) is None


@pytest.mark.django_db
def test_a_counter_that_goes_back_is_an_incident_for_two_officers(talk):
    pool = talk.card.operator.pool
    talk.load()
    talk.chip.state.counter = 7
    for _ in range(2):
        opened = talk.open()
        with pytest.raises(CounterRolledBack):
            talk.seal(opened.load_id, talk.pipe(opened.script))
    [told] = incidents.open_ones(pool)
    assert (told.kind, told.known_counter, told.seen_counter) == ("counter_rolled_back", 8, 7)
    assert incidents.open_ones(pool + 1) == []
    anna, boris = officer(pool=pool), officer(roles.SECURITY_OFFICER, pool)
    clerk = officer(roles.CLERK, pool)
    with pytest.raises(NotAllowed):
        incidents.explain(told.incident_id, officer=clerk, text="t", now=talk.now)
    with pytest.raises(ReasonMissing):
        incidents.explain(told.incident_id, officer=anna, text=" ", now=talk.now)
    with pytest.raises(IllegalTransition):
        incidents.close(told.incident_id, officer=boris, now=talk.now)
    explained = incidents.explain(told.incident_id, officer=anna, text="测试卡", now=talk.now)
    assert (explained.state, explained.explained_by) == ("explained", anna.pk)
    with pytest.raises(MakerIsChecker):
        incidents.close(told.incident_id, officer=anna, now=talk.now)
    assert len(incidents.open_ones(pool)) == 1
    incidents.close(told.incident_id, officer=boris, now=talk.now)
    assert incidents.open_ones(pool) == []
    assert refused("UPDATE nfc_topup_incident SET seen_counter = 9") == (
        "nfc_topup_incident_keeps_its_facts"
    )
    assert refused("DELETE FROM nfc_topup_incident") == "InsufficientPrivilege"
    with pytest.raises(IncidentUnknown):
        incidents.close(uuid4(), officer=boris, now=talk.now)
    opened = talk.open()
    with pytest.raises(CounterRolledBack):
        talk.seal(opened.load_id, talk.pipe(opened.script))
    assert len(incidents.open_ones(pool)) == 1, "seen again after it was closed: a new one"


@pytest.mark.django_db
def test_a_jump_is_an_incident_unless_others_may_load_the_card(talk, new_talk):
    shared = new_talk(counter=7, profile_name="sandbox-shared-key")
    for one in (talk, shared):
        one.load()
        one.chip.state.counter += 2
        assert one.load()[1].outcome == "loaded"
    [told] = Incident.objects.all()
    assert (told.kind, told.known_counter, told.seen_counter) == ("counter_jumped", 8, 10)
    assert told.application.asn == talk.card.asn
    assert SecurityEvent.objects.filter(code="card_counter_jump").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("profile", "found"), [("sandbox", 1), ("sandbox-shared-key", 0)])
def test_a_jump_seen_while_asking_is_judged_alike(new_talk, profile, found):
    talk = new_talk(counter=7, profile_name=profile)
    load_id, _ = talk.sealed()
    talk.chip.state.counter += 3
    for _ in range(2):
        assert talk.evidence().outcome == "unclear"
    told = incidents.open_ones()
    assert [(one.kind, one.load_id) for one in told] == [("counter_jumped", load_id)] * found
    assert SecurityEvent.objects.filter(code="card_counter_jump").count() == 1


@pytest.mark.django_db
def test_a_copy_that_answers_with_an_older_counter_ends_no_doubt(new_talk):
    """Counter N+1 was proved before; N afterwards is a copy, not *nothing was loaded*."""
    quirks = Quirks(supports_proofs=False)
    talk = new_talk(counter=7, quirks=quirks, profile_name="sandbox-shared-key")
    load_id, seal = talk.sealed()
    talk.pipe(seal.script)
    assert talk.evidence().outcome == "unclear"
    talk.chip.state.counter = 7
    assert talk.evidence().outcome == "unclear"
    assert queries.get(load_id).state == "sealed"
    assert [one.kind for one in incidents.open_ones()] == ["counter_rolled_back"]


@pytest.mark.parametrize(
    "text", ["user", "user=1", "nobody=1/2/3", "user=0/1/1", "user=3/600/599", "card=1/2/3"]
)
def test_limits_that_make_no_sense_are_refused_at_start(text):
    with pytest.raises(ValueError, match=r"limit|lock|window|failure"):
        read_limits(text)


def test_limits_are_the_defaults_except_what_is_said():
    limits = read_limits("user=3/60/120  card=50/3600/0")
    assert limits[Scope.USER].lock == timedelta(seconds=120)
    assert limits[Scope.CARD].failures == 50
    assert limits[Scope.TERMINAL] == DEFAULTS[Scope.TERMINAL]
