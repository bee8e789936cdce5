"""Between the commit of a move and its delivery anything may die: the event comes all the same."""

from __future__ import annotations

from django.db import connections, transaction

from accounts import bell, clock, duties
from gateway.events import making, owing
from gateway.events.models import Delivery, Event
from tests.gateway.events import scene

KINDS = ["event.topup", owing.SEND]


def test_no_bell_rings_and_the_sweep_delivers(lasting_db, receiver, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(bell, "ring", lambda pk: None)
    operator = scene.an_operator()
    scene.an_endpoint(receiver, operator)
    topup = scene.a_topup(operator)
    with transaction.atomic():
        scene.pay(topup)
    connections.close_all()
    while duties.work(clock.now(), kinds=KINDS):
        pass
    mine = [one for one in receiver.events if str(topup.id) in one.words["subject"]]
    assert [one.words["type"] for one in mine] == ["topup.paid"]


def test_a_death_while_making_leaves_nothing_and_is_made_up_for(
    lasting_db,  # type: ignore[no-untyped-def]
    receiver,
    monkeypatch,
) -> None:
    monkeypatch.setattr(bell, "ring", lambda pk: None)
    operator = scene.an_operator()
    endpoint = scene.an_endpoint(receiver, operator)
    topup = scene.a_topup(operator)
    scene.pay(topup)

    def killed(events, *, now):  # type: ignore[no-untyped-def]
        really(events, now=now)
        raise KeyboardInterrupt

    really = owing.owe
    monkeypatch.setattr(owing, "owe", killed)
    try:
        making.make("topup", topup.id, now=clock.now())
    except KeyboardInterrupt:
        connections.close_all()
    assert not Event.objects.filter(subject_id=topup.id).exists()
    assert not Delivery.objects.filter(endpoint=endpoint).exists()
    monkeypatch.setattr(owing, "owe", really)
    while duties.work(clock.now(), kinds=KINDS):
        pass
    assert [one.state for one in scene.deliveries(endpoint)] == ["delivered"]
