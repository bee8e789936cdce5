"""补卡 and 换卡: the wait, the claim, the new card's TAC, and trips that come too late."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connections

from accounts import clock, duties, roles
from accounts.actors import Actor
from accounts.errors import IllegalTransition
from accounts.identifiers import new_id
from gateway.card_service import (
    departing,
    following,
    late_rides,
    listing,
    moving,
    queries,
    terms,
)
from gateway.card_service.errors import LossNotFound
from gateway.card_service.models import Departure, LossReport
from gateway.topup.models import TopUp
from nfc_topup import loading
from reserve_funds import postings
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.losses.services import LATE_TRIP, Borne
from reserve_funds.ledger import book
from tests.gateway.card_service.holders import WAIT, Held, known_by_name, replaced, ride
from tests.support.officers import seat
from tests.support.province import Province

CLEARING = Actor(kind="system", id="clearing")


def test_a_lost_card_s_balance_comes_to_the_new_card_and_is_proved_there(
    province: Province, service_connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    me = known_by_name(province)
    old, new = (
        Held.new(province, me, named=True, loads=2),
        Held.new(province, me, named=True, loads=0),
    )
    nameless = Held.new(province, me, named=False, loads=0)
    assert replaced(old, new, "lost").body["code"] == "card_loss_not_found"
    loss = me.post(f"{old.path}/loss")
    assert replaced(old, nameless, "lost").body["code"] == "card_new_card_unfit"
    assert replaced(old, old, "lost").body["code"] == "card_new_card_unfit"
    said = replaced(old, new, "lost")
    assert (said.status, said.body["state"]) == (201, "waiting"), said.body
    departure_id = UUID(said.body["id"])
    assert replaced(old, new, "lost").body["code"] == "card_balance_leaving"
    assert me.post(f"{old.path}/loss/lift").body["code"] == "card_balance_leaving"
    departure = Departure.objects.get(pk=departure_id)
    report = LossReport.objects.get(pk=loss.body["id"])
    assert departure.moves_at == report.in_force_at + timedelta(days=7)

    withdrawn = me.post(f"departures/{departure_id}/withdraw")
    assert withdrawn.body["state"] == "withdrawn"
    departure_id = UUID(replaced(old, new, "lost").body["id"])
    now = clock.now()
    duties.work_one(departing.MOVE, departure_id, now + timedelta(days=7))
    assert (old.booked_fen(), old.row.state) == (10_000, "lost"), "not before the wait is over"

    for made_at, borne in ((now, (300, 0)), (departure.moves_at, (0, 40))):
        ride_id, (mine, theirs) = new_id(now), borne
        for _ in range(2):
            told_of = late_rides.take_in(
                old.row, ride_id, made_at=made_at, batch="b1", amount_fen=mine + theirs,
                actor=CLEARING, now=now,
            )  # fmt: skip
            assert told_of == Borne(holder_fen=mine, operator_fen=theirs)
    assert old.booked_fen() == 9_700, "what was ridden after the effect is not the holder's"
    with pytest.raises(LossNotFound):
        late_rides.take_in(
            new.row, new_id(now), made_at=now, batch="b1", amount_fen=1, actor=CLEARING, now=now
        )
    later = now + WAIT
    duties.work_one(departing.MOVE, departure_id, later)
    told = me.get(f"departures/{departure_id}").body
    assert (told["state"], told["amount_fen"]) == ("moved", 9_700), told
    [part] = told["parts"]
    assert (part["way"], part["state"], part["amount_fen"]) == ("claim", "going", 9_700)
    assert (old.booked_fen(), old.row.state) == (0, "replaced")
    assert province.balance_fen("unloaded_orders", part["goes_as"]) == 9_700
    assert LossReport.objects.get(pk=report.pk).state == "settled"
    assert listing.is_listed(old.asn, later), "it stays on the list"
    moving.move(departure_id, later)
    assert old.booked_fen() == 0, "moved once"
    assert me.post(f"departures/{departure_id}/withdraw").status == 409
    assert me.post(f"topups/{part['goes_as']}/refund").status == 409, "a claim has no payer"
    following.look(departure_id, later)
    assert Departure.objects.get(pk=departure_id).state == "moved", "not on the new card yet"

    new.chip.line("!reset")
    assert new.talk.load({"id": part["goes_as"]}).body["outcome"] == "loaded"
    assert (new.chip.state.balances["2"], new.booked_fen()) == (9_700, 9_700)
    following.look(departure_id, later)
    assert Departure.objects.get(pk=departure_id).state == "settled"

    ride(old, 250, now)
    assert departure_id in late_rides.in_debt()
    assert late_rides.cover(departure_id, later) == 250
    assert late_rides.cover(departure_id, later) == 0
    ride(old, 50, now)
    assert late_rides.cover(departure_id, later) == 50
    assert (old.booked_fen(), province.balance_fen("own_cover_due", "late_ride")) == (0, 340)
    assert province.balance_fen("due_to_reserve", "late_ride") == 340, "both books are told"
    before, after = report.in_force_at - timedelta(hours=1), report.in_force_at
    trip = {"batch": "late", "amount_fen": 70, "actor": CLEARING, "now": later}
    for made_at in (before, after):
        ride_id = new_id(now)
        told_of = [late_rides.take_in(old.row, ride_id, made_at=made_at, **trip) for _ in range(2)]
        assert told_of == [Borne(holder_fen=0, operator_fen=70)] * 2, "the balance is gone from it"
    assert province.balance_fen("own_cover_due", "late_ride") == 480
    open_cases = [one.amount_fen for one in cases.open_of(province.pool) if one.kind == LATE_TRIP]
    assert sorted(open_cases) == [40, 50, 70, 70, 250]
    for words in (
        "UPDATE card_service_departure SET state = 'waiting' WHERE id = %s",
        "DELETE FROM card_service_departure WHERE id = %s",
    ):
        with pytest.raises(psycopg.Error), service_connection.transaction():
            service_connection.execute(words, [departure_id])
    assert province.faults() == []


def test_an_unreadable_card_is_handed_in_and_what_is_doubtful_or_owed_waits(
    province: Province,
) -> None:
    me, clerk = province.citizen(), seat((roles.CLERK, province.pool))
    stranger = seat((roles.CLERK, province.pool + 1))
    old = Held.new(province, me, named=False)
    new = Held.new(province, me, named=False, loads=0)
    torn = province.paid(me, old.chip)
    old.chip.line("!reset")
    old.talk.load(torn, tear="after")
    departure_id = UUID(replaced(old, new, "unreadable").body["id"])
    now = clock.now()
    actor = old_actor = departing.Actor(kind="officer", id=str(clerk.person.pk))
    with pytest.raises(departing.NotAllowed):
        departing.surrender(
            departure_id, clerk=stranger.person, open_ride=False, actor=actor, now=now
        )
    with pytest.raises(departing.OpenRideFirst):
        departing.surrender(departure_id, clerk=clerk.person, open_ride=True, actor=actor, now=now)
    assert old.row.state == "in_use"
    handed = departing.surrender(
        departure_id, clerk=clerk.person, open_ride=False, actor=old_actor, now=now
    )
    assert (handed.state, old.row.state) == ("waiting", "replaced")
    assert me.post(f"departures/{departure_id}/withdraw").body["code"] == "card_departure_not_there"

    later = now + WAIT
    assert moving.move(departure_id, later) is not None, "a load in doubt is waited for"
    assert old.booked_fen() == 5_000
    assert old.talk.show().body["outcome"] == "loaded", "even a card out of service can prove it"
    ride(old, 12_000, now)
    assert moving.move(departure_id, later) is not None, "an overdraft is settled first"
    [case] = [one for one in cases.open_of(province.pool) if one.kind == moving.OVERDRAWN]
    assert case.amount_fen == 2_000
    assert Departure.objects.get(pk=departure_id).state == "waiting"
    back = province.paid(me, new.chip)
    book.post(
        [
            postings.of(
                "load",
                province.pool,
                new_id(now),
                debit=postings.unloaded_order(UUID(back["id"])),
                credit=postings.card_purse(old.asn),
                amount_fen=5_000,
                event_at=now,
            )
        ]
    )
    assert moving.move(departure_id, later) is None
    assert Departure.objects.get(pk=departure_id).amount_fen == 3_000
    assert [one for one in cases.open_of(province.pool) if one.kind == moving.OVERDRAWN] == []
    assert TopUp.objects.filter(card=new.row, state="paid", amount_fen=3_000).count() == 1
    assert province.faults() == []


def test_two_movers_at_once_move_once_and_a_killed_one_is_caught_up(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, clerk = province.citizen(), seat((roles.CLERK, province.pool))
    old = Held.new(province, me, named=False)
    new = Held.new(province, me, named=False, loads=0)
    departure_id = UUID(replaced(old, new, "expired").body["id"])
    now = clock.now()
    actor = departing.Actor(kind="officer", id=str(clerk.person.pk))
    departing.surrender(departure_id, clerk=clerk.person, open_ride=False, actor=actor, now=now)
    later = now + WAIT

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(moving.cards, "leave_service", killed)
        patched.setattr(moving.ordering, "claim", killed)
        with pytest.raises(Killed):
            moving.move(departure_id, later)
    assert (old.booked_fen(), Departure.objects.get(pk=departure_id).state) == (5_000, "waiting")

    monkeypatch.setattr(loading, "load_cap_fen", lambda card: 2_000)

    def run() -> None:
        moving.move(departure_id, later)
        connections.close_all()

    both = [Thread(target=run), Thread(target=run)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    claims = queries.departure(departure_id, person=None).parts.order_by("-amount_fen")
    assert [part.amount_fen for part in claims] == [2_000, 2_000, 1_000], "by the new card's cap"
    assert old.booked_fen() == 0
    for part in claims:
        new.chip.line("!reset")
        assert new.talk.load({"id": str(part.goes_as)}).body["outcome"] == "loaded"
    following.look(departure_id, later)
    assert Departure.objects.get(pk=departure_id).state == "settled"
    assert new.booked_fen() == 5_000
    with pytest.raises(IllegalTransition):
        following._move(Departure.objects.get(pk=departure_id), "waiting", "never", later)
    assert province.faults() == []


@pytest.mark.parametrize(
    ("words", "wrong"),
    [({"wait_days": 6}, "shorter"), ({"lots": "random"}, "one of"), ({"loss_hours": -1}, "whole")],
)
def test_terms_that_would_pay_before_the_last_trip_are_refused(
    words: dict[str, Any], wrong: str
) -> None:
    good = {"loss_hours": 24, "wait_days": 7, "latest_upload_days": 7, "cash_most_fen": 0}
    with pytest.raises(terms.TermsFaulty, match=wrong):
        terms.Terms(**(good | {"lots": "fifo"} | words))
    assert terms.of_profile("PBOC").wait >= timedelta(days=7)
    with pytest.raises(terms.TermsFaulty):
        terms.of_profile("NOBODY")
