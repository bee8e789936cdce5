"""Putting a name to a card by showing it, reporting it lost, finding it again, and who may not."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import psycopg
import pytest
from django.db import connections

from accounts import clock, duties, trail
from accounts.identifiers import new_id
from accounts.models import Transition
from accounts.sign_ins import citizen as actor_of
from gateway.card_service import listing, losing
from gateway.card_service.models import LossReport, Naming
from gateway.topup import limits
from gateway.topup.errors import CardWouldHoldTooMuch
from gateway.topup.models import TopUp
from nfc_topup import queries as loads
from reserve_funds.custody.rules import book
from tests.gateway.card_service.holders import Held, known_by_name
from tests.support.province import Province


def test_a_card_gets_a_name_by_a_confirmed_person_who_shows_it(province: Province) -> None:
    stranger = province.citizen()
    held = Held(province=province, citizen=stranger, chip=province.card(stranger))
    refused = held.begin_naming()
    assert (refused.status, refused.body["code"]) == (409, "card_real_name_first")
    assert not held.row.named

    me = known_by_name(province)
    held = Held.new(province, me, named=False)
    other = Held.new(province, me, named=False, loads=0)
    before = held.chip.state.balances["2"]
    held.chip.line("!reset")
    begun = held.begin_naming()
    assert begun.status == 201, begun.body
    naming_id = begun.body["id"]
    wrong_card = {"answers": other.talk.run(begun.body["script"])}
    assert me.post(f"namings/{naming_id}", wrong_card).status in (400, 409)
    torn = {"answers": ["TORN"]}
    assert me.post(f"namings/{naming_id}", torn).status in (400, 409)
    assert not held.row.named, "neither another card nor silence proves anything"
    assert stranger.post(f"namings/{naming_id}", torn).status == 404

    shown = {"answers": held.talk.run(begun.body["script"])}
    assert me.post(f"loads/{naming_id}/challenge", shown).status == 404, "no load is behind it"
    forged = {"answers": [*shown["answers"][:-1], "0" * 32 + "9000"]}
    assert me.post(f"namings/{naming_id}", forged).status in (400, 409)
    named = me.post(f"namings/{naming_id}", shown)
    assert (named.status, named.body["state"]) == (200, "confirmed"), named.body
    assert me.post(f"namings/{naming_id}", shown).body == named.body
    assert held.row.named
    assert held.chip.state.balances["2"] == before, "nothing was written to the card"
    [load] = list(loads.loads_of_order(Naming.objects.get(pk=naming_id).pk))
    assert (load.state, load.sealed_at, loads.seal_of(load.id)) == ("abandoned", None, None)
    seen = loads.last_sighting(held.row)
    assert seen is not None
    assert (seen.balance_fen, seen.proof, seen.source_id) == (before, "mac1", load.id)
    assert held.begin_naming().body["code"] == "card_named_already"
    assert province.faults() == []


def test_the_caps_of_a_named_card_follow_its_name(province: Province) -> None:
    me, now, mot = known_by_name(province), clock.now(), book.by_name("MOT")
    held = Held.new(province, me, named=False, loads=0)
    wish = TopUp(id=new_id(now), pool=province.pool, card=held.row, amount_fen=60_000)
    with pytest.raises(CardWouldHoldTooMuch):
        limits.refuse_seal(wish, mot, 60_000)
    assert held.name().status == 200
    wish.card = held.row
    limits.refuse_seal(wish, mot, 60_000)


def test_a_lost_card_is_listed_loads_stop_and_found_it_is_in_use_again(
    province: Province, service_connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    me = known_by_name(province)
    nameless = Held.new(province, me, named=False, loads=0)
    refused = me.post(f"{nameless.path}/loss")
    assert (refused.status, refused.body["code"]) == (409, "card_not_named")
    held = Held.new(province, me, named=True)
    topup = province.paid(me, held.chip)
    began = listing.newest()
    said = me.post(f"{held.path}/loss")
    assert (said.status, said.body["state"]) == (201, "reported"), said.body
    assert me.post(f"{held.path}/loss").body["id"] == said.body["id"], "reported once"
    assert province.citizen().post(f"{held.path}/loss").status == 404
    report = LossReport.objects.get(pk=said.body["id"])
    assert report.in_force_at - report.reported_at == timedelta(hours=24)
    [entry] = [one for one in listing.since(began) if one.asn == held.asn]
    assert (entry.act, entry.because, entry.since) == ("listed", "lost", report.in_force_at)
    assert not listing.is_listed(held.asn, report.reported_at)
    assert listing.is_listed(held.asn, report.in_force_at)
    assert held.talk.open(topup).body["code"] == "card_not_in_use"

    duties.work_one(losing.IN_FORCE, report.pk, report.reported_at + timedelta(hours=1))
    assert LossReport.objects.get(pk=report.pk).state == "reported", "too early"
    duties.work_one(losing.IN_FORCE, report.pk, report.in_force_at)
    assert LossReport.objects.get(pk=report.pk).state == "in_force"

    found = me.post(f"{held.path}/loss/lift")
    assert (found.status, found.body["state"]) == (200, "lifted")
    assert me.post(f"{held.path}/loss/lift").body["code"] == "card_loss_not_found"
    assert not listing.is_listed(held.asn, report.in_force_at)
    versions = [one.version for one in listing.since(0)]
    assert versions == list(range(1, len(versions) + 1)), "without gaps"
    held.chip.line("!reset")
    assert held.talk.load(topup).body["outcome"] == "loaded"
    told = [move.to_state for move in trail.history("loss_report", report.pk)]
    assert told == ["in_force", "lifted"]
    for words in (
        "UPDATE card_service_loss_report SET state = 'in_force' WHERE id = %s",
        "DELETE FROM card_service_loss_report WHERE id = %s",
        "UPDATE card_service_list_entry SET act = 'delisted' WHERE because = 'lost' AND %s IS NULL",
    ):
        with pytest.raises(psycopg.Error), service_connection.transaction():
            service_connection.execute(words, [report.pk])
    assert province.faults() == []


def test_of_a_load_and_a_loss_at_once_neither_is_half(province: Province) -> None:
    """Whoever comes second sees what the first did: a doubt that ends, or a load refused."""
    me = known_by_name(province)
    held = Held.new(province, me, named=True)
    topup = province.paid(me, held.chip)
    held.chip.line("!reset")
    opened = held.talk.open(topup)
    answers = held.talk.run(opened.body["script"])
    said: dict[str, object] = {}

    def lose() -> None:
        row, now = held.row, clock.now()
        said["loss"] = losing.report(
            cause=new_id(now), person=me.person, card=row, actor=actor_of(me.person.pk), now=now
        ).state
        connections.close_all()

    def seal() -> None:
        said["seal"] = held.talk.challenge(opened, answers)
        connections.close_all()

    both = [Thread(target=lose), Thread(target=seal)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert said["loss"] == "reported"
    credit = said["seal"]
    if credit.status == 200:  # type: ignore[attr-defined]
        assert held.talk.prove(credit).body["outcome"] == "loaded"  # type: ignore[arg-type]
        assert held.booked_fen() == 10_000
    else:
        assert credit.body["code"] == "card_not_in_use"  # type: ignore[attr-defined]
        assert held.booked_fen() == 5_000
    assert held.row.state == "lost"
    assert Transition.objects.filter(kind="transit_card", subject_id=held.row.pk).count() == 1
    assert province.faults() == []


def test_an_expired_card_is_good_again_and_its_balance_is_never_touched(province: Province) -> None:
    me = known_by_name(province)
    plain = Held.new(province, me, named=False)
    renewed = me.post(f"{plain.path}/renewal")
    assert renewed.status == 201, renewed.body
    today = clock.business_day(clock.now())
    assert renewed.body["until"][:4] == str(today.year + 3)
    assert me.post(f"{plain.path}/renewal").body == renewed.body, "renewed once a day"
    assert not listing.is_listed(plain.asn, clock.now()), "good, not refused"
    assert plain.name().status == 200
    assert me.post(f"{plain.path}/renewal").body["until"] is None, "a named card has no end"
    assert me.post(f"{plain.path}/loss").status == 201
    assert me.post(f"{plain.path}/renewal").body["code"] == "card_not_in_use"
    assert plain.booked_fen() == 5_000
    assert province.faults() == []
