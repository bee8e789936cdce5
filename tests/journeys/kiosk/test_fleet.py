"""A machine among many: its doors before sign-on, its lists, its word, and its end."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts import clock
from accounts.models import Kiosk
from gateway.card_service import listing
from gateway.kiosk import card_lists, fleet, guard
from gateway.kiosk.errors import KioskHoldsCash
from gateway.kiosk.models import Box, Key, SeenRequest
from gateway.kiosk.urls import urlpatterns
from tests.journeys.kiosk.test_late_notes import tidied
from tests.support.kiosks import Standing, run
from tests.support.province import Province

BEFORE_SIGN_ON = {"kiosk-enrolments", "kiosk-keys", "kiosk-sign-on", "kiosk-sign-off"}
OF_COUNTERS = {"kiosk-counter-records"}


@pytest.fixture
def kiosk(province: Province) -> Standing:
    return Standing.new(province, quota_fen=20_000)


def said(at: datetime, **words: Any) -> dict[str, Any]:
    return {
        "version": "1.2.0", "paper": "full", "cash_fen": 0, "notes": 0, "error_codes": [],
        "waiting_records": 0, "said_at": at.isoformat(),
    } | words  # fmt: skip


def test_no_door_opens_before_sign_on(kiosk: Standing) -> None:
    assert kiosk.machine.post("sign-off").body["ended"] is True
    for one in urlpatterns:
        if one.name in BEFORE_SIGN_ON | OF_COUNTERS:
            continue
        path = re.sub("<uuid:[a-z_]+>", str(uuid4()), str(one.pattern))
        path = path.replace("<int:version>", "0")
        takes = hasattr(one.callback.view_class, "post")
        answer = kiosk.machine.post(path, {}) if takes else kiosk.machine.get(path)
        assert (answer.status, answer.body["code"]) == (409, "kiosk_not_signed_on"), path


def test_lists_come_by_version_and_words_by_their_time(kiosk: Standing) -> None:
    card, now = kiosk.province.card(), clock.now()
    before = kiosk.machine.get("card-list/0").body
    while before["more"]:
        before = kiosk.machine.get(f"card-list/{before['version']}").body
    for act in (listing.LISTED, listing.DELISTED):
        listing.put(card.state.asn, kiosk.province.pool, act, because="lost", since=now, now=now)
    beat = kiosk.machine.post("heartbeats", said(now, paper="low", error_codes=["PRN-7"]))
    assert beat.body["list_version"] == before["version"] + 2
    change = kiosk.machine.get(f"card-list/{before['version']}")
    told = [(one["card_digest"], one["act"]) for one in change.body["entries"]]
    digest = card_lists.digest_of(card.state.asn)
    assert told == [(digest, "listed"), (digest, "delisted")]
    assert card.state.asn[1:].encode() not in change.raw, "no number leaves the house"

    kiosk.machine.post("heartbeats", said(now - timedelta(minutes=9), paper="full"))
    stands = fleet.standing(kiosk.kiosk, now)
    assert stands.heartbeat is not None
    assert (stands.heartbeat.paper, stands.health) == ("low", "failing"), "the newer word holds"
    assert fleet.standing(kiosk.kiosk, now + timedelta(minutes=6)).health == "silent"
    assert [one.beats for one in fleet.pulses(kiosk.kiosk, now - timedelta(hours=1))] == [1]
    opened = kiosk.open_cash(card, 5_000)
    credit = kiosk.challenge(opened, card)
    doubts = fleet.unresolved_loads(kiosk.kiosk)
    assert [str(one.id) for one in doubts] == [opened.body["id"]]
    assert kiosk.prove(opened, credit, card).body["outcome"] == "loaded"
    assert fleet.unresolved_loads(kiosk.kiosk) == []

    # numbers and hours are forgotten in their time; a number that was used stays used
    used = kiosk.machine.signed("POST", "heartbeats", said(now))
    assert kiosk.machine.send(used).status == 200
    later = now + guard.KEPT + timedelta(days=8)
    guard.purge(later)
    fleet.purge(later)
    assert not SeenRequest.objects.filter(kiosk=kiosk.kiosk).exists()
    assert fleet.pulses(kiosk.kiosk, now - timedelta(days=1)) == []
    assert kiosk.machine.send(used).body["code"] == "kiosk_sequence_used"


def test_a_kiosk_leaves_for_good_only_without_cash_to_tell_of(kiosk: Standing) -> None:
    card, now = kiosk.province.card(), clock.now()
    slot = kiosk.slot(card).body["intake_id"]
    kiosk.machine.post("notes", {"notes": [kiosk.machine.note(slot, kiosk.box, 5_000)]})

    def retire(at: datetime) -> None:
        one = Kiosk.objects.select_related("operator").get(pk=kiosk.kiosk.pk)
        fleet.retire(one, by=kiosk.first, because="worn out", now=at)

    with pytest.raises(KioskHoldsCash):
        retire(now)
    tidied(kiosk)
    kiosk.machine.post("heartbeats", said(now, waiting_records=2))
    with pytest.raises(KioskHoldsCash):
        retire(now)
    assert Box.objects.get(label=kiosk.box).state == "in_kiosk", "nothing has changed"
    retire(now + timedelta(days=8))  # burnt, and never heard of again
    assert Box.objects.get(label=kiosk.box).state == "removed"
    assert not Key.objects.filter(kiosk=kiosk.kiosk).exclude(state="retired").exists()
    gone = replace(kiosk.machine).post("notes", {"notes": []})
    assert (gone.status, gone.body["code"]) == (401, "signature_key_unknown")
    kiosk.counted(kiosk.box, {5_000: 1})
    other = Standing.new(kiosk.province, officers=(kiosk.first, kiosk.second))
    seen = other.machine.post("cards", {"card_no": card.state.asn[1:]}).body
    wish = {"card_no": card.state.asn[1:], "order_id": seen["orders"][0]["id"]}
    opened = other.machine.post("loads", wish)
    assert run(card, opened.body["script"])
    assert other.province.faults() == []
