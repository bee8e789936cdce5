"""手机卡迁移: proved by the old card, torn without harm, moved once, never more than was proved."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from accounts import clock, duties, trail
from gateway.card_service import departing, following, listing
from gateway.card_service.models import Departure
from nfc_topup import queries as loads
from tests.gateway.card_service.holders import WAIT, Held, known_by_name, ride
from tests.support.province import Province


def begun(old: Held, new: Held) -> object:
    return old.citizen.post(f"{old.path}/migration", {"new_card_id": str(new.row.pk)})


def test_a_phone_s_card_moves_once_by_what_it_proved(
    province: Province, service_connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    """50.00 in the book, 2.00 ridden and not yet received: the old card proves 48.00."""
    stranger = province.citizen()
    nobody = Held.new(province, stranger, named=False, loads=0)
    other = Held.new(province, stranger, named=False, loads=0)
    assert begun(nobody, other).body["code"] == "card_real_name_first"  # type: ignore[attr-defined]
    me = known_by_name(province)
    old, new = Held.new(province, me, named=False), Held.new(province, me, named=False, loads=0)
    topup = province.paid(me, old.chip)
    old.chip.line("!reset")
    old.talk.load(topup, tear="after")
    doubtful = begun(old, new)
    assert (doubtful.status, doubtful.body["code"]) == (409, "load_unresolved")  # type: ignore[attr-defined]
    assert not Departure.objects.filter(card=old.row).exists(), "a doubt is healed first"
    assert old.talk.show().body["outcome"] == "loaded"
    old.chip.state.balances["2"] -= 200
    waiting = province.paid(me, old.chip)

    old.chip.line("!reset")
    first = begun(old, new)
    assert first.status == 201, first.body  # type: ignore[attr-defined]
    departure_id = UUID(first.body["id"])  # type: ignore[attr-defined]
    assert begun(old, new).body["code"] == "card_balance_leaving"  # type: ignore[attr-defined]
    shown, again = (f"departures/{departure_id}/{word}" for word in ("shown", "showing"))
    for answers in (["TORN"], new.talk.run(first.body["script"])):  # type: ignore[attr-defined]
        assert me.post(shown, {"answers": answers}).status in (400, 409)
    assert stranger.post(shown, {"answers": ["TORN"]}).status == 404
    assert stranger.post(again).status == 404
    torn = Departure.objects.get(pk=departure_id)
    assert (torn.state, torn.proven_fen, old.row.state) == ("asked", None, "in_use")
    old.chip.line("!reset")
    script = me.post(again).body["script"]
    answers = old.talk.run(script)
    told = me.post(shown, {"answers": answers})
    assert (told.status, told.body["state"]) == (200, "waiting"), told.body
    assert me.post(shown, {"answers": answers}).body == told.body, "shown twice is once"
    assert (old.row.state, Departure.objects.get(pk=departure_id).proven_fen) == ("replaced", 9_800)
    assert listing.is_listed(old.asn, clock.now())
    assert loads.unresolved_load_of(old.row) is None, "a showing writes nothing"
    old.chip.line("!reset")
    assert old.talk.open(waiting).body["code"] == "card_not_in_use", "nothing is added to it"
    assert me.post(again).body["code"] == "card_departure_not_there"
    assert me.post(f"departures/{departure_id}/withdraw").status == 409
    assert old.booked_fen() == 10_000, "nothing moves before the wait is over"

    later = clock.now() + WAIT
    for _ in range(2):
        duties.work_one(departing.MOVE, departure_id, later)
    body = me.get(f"departures/{departure_id}").body
    [part] = body["parts"]
    assert (body["state"], body["kind"], part["amount_fen"]) == ("moved", "migration", 9_800)
    assert old.booked_fen() == 200, "the trips that have not come are still owed by the old card"
    assert province.balance_fen("unloaded_orders", part["goes_as"]) == 9_800
    ride(old, 200, clock.now())
    assert old.booked_fen() == 0

    new.chip.line("!reset")
    claim = {"id": part["goes_as"]}
    assert new.talk.load(claim, tear="after").body["outcome"] == "in_doubt"
    following.look(departure_id, later)
    assert Departure.objects.get(pk=departure_id).state == "moved", "torn at the new card: a doubt"
    assert new.talk.show().body["outcome"] == "loaded"
    following.look(departure_id, later)
    assert Departure.objects.get(pk=departure_id).state == "settled"
    assert (new.chip.state.balances["2"], new.booked_fen()) == (9_800, 9_800)
    states = [move.to_state for move in trail.history("departure", departure_id)]
    assert states == ["waiting", "moved", "settled"]
    with pytest.raises(psycopg.Error), service_connection.transaction():
        service_connection.execute(
            "UPDATE card_service_departure SET proven_fen = NULL WHERE id = %s", [departure_id]
        )
    assert province.faults() == []
