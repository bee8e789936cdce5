"""Who is not that kiosk, now, with a number that rises, is refused and alarmed; nothing moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts import clock
from accounts.errors import MakerIsChecker, NotAllowed
from accounts.models import AuditEntry, SecurityEvent, Transition
from gateway.kiosk import creating, fleet, keys
from gateway.kiosk.models import Enrolment, Key, Line, Record
from gateway.sandbox.kiosks.client import Machine, Request, new_key
from gateway.signatures import Algorithm, content_digest
from tests.support.kiosks import HOST, Standing, deliver, two_officers
from tests.support.officers import seat
from tests.support.province import Province


@pytest.fixture
def kiosk(province: Province) -> Standing:
    return Standing.new(province, quota_fen=20_000)


def alarmed(kiosk: Standing, refusal: str) -> bool:
    rows = SecurityEvent.objects.filter(
        code="kiosk_request_refused", subject=f"kiosk:{kiosk.kiosk.id}"
    )
    return any(row.facts["refusal"] == refusal for row in rows)


def test_two_officers_one_code_one_key(province: Province) -> None:
    first, second = two_officers(province.pool)
    now = clock.now()
    asked = creating.create(
        code=f"story-{province.pool}", operator=province.operator, place="A",
        terminal_no=f"{province.pool:012d}", maker=first, now=now,
    )  # fmt: skip
    with pytest.raises(MakerIsChecker):
        creating.approve(asked.id, checker=first, now=now)
    with pytest.raises(NotAllowed):
        creating.approve(asked.id, checker=seat(("auditor", None)).person, now=now)
    machine = Machine(origin=f"http://{HOST}", key=new_key(), send=deliver, clock=clock.now)
    early = machine.enrol("a code nobody gave")
    assert (early.status, early.body["code"]) == (403, "kiosk_enrolment_refused")
    given = creating.approve(asked.id, checker=second, now=now)
    assert given.code.encode() not in bytes(Enrolment.objects.get(pk=asked.id).code_digest)

    # the key of another: what is signed by one key and names another proves nothing
    thief = replace(machine, key=new_key())
    wish = {"algorithm": "ed25519", "code": given.code}
    wish["public_pem"] = machine.key.public.material.decode()
    stolen = deliver(thief.signed("POST", "enrolments", wish, tag="kiosk-enrolment"))
    assert (stolen.status, stolen.body["code"]) == (403, "kiosk_enrolment_refused")

    assert machine.post("sign-on").status == 401, "nothing works before enrolment"
    whole = machine.enrol(given.code)
    assert whole.status == 201
    assert thief.enrol(given.code).status == 403, "a code works once"
    assert creating.by_code(f"story-{province.pool}").state == "in_service"
    assert machine.post("boxes").body["code"] == "kiosk_not_signed_on"
    assert machine.sign_on().status == 201
    assert machine.post("boxes").status == 201


def altered(told: Request, change: str) -> Request:
    """The signed request with one part of it another."""
    headers = dict(told.headers)
    body = told.body.replace(b"1000", b"9000")
    if change == "digest and body":
        headers["Content-Digest"] = content_digest(body, "sha-256")
        return replace(told, body=body, headers=headers)
    whole = {
        "body": {"body": body},
        "path": {"path": told.path.replace("notes", "boxes")},
        "query": {"path": f"{told.path}?x=1"},
        "method": {"method": "PUT"},
    }
    if change in whole:
        return replace(told, **whole[change])
    if change == "Kiosk-Sequence":
        headers[change] = str(int(headers[change]) + 50)
    elif change == "Idempotency-Key":
        headers[change] = "another"
    elif change in ("created", "expires"):
        field = headers["Signature-Input"]
        start = field.index(f"{change}=") + len(change) + 1
        moved = str(int(field[start : start + 10]) + 1)
        headers["Signature-Input"] = field[:start] + moved + field[start + 10 :]
    else:
        del headers[change]
    return replace(told, headers=headers)


def test_each_signed_part_altered_is_refused_and_alarmed(kiosk: Standing) -> None:
    slot = kiosk.slot(kiosk.province.card()).body["intake_id"]
    note = {"notes": [kiosk.machine.note(slot, kiosk.box, 1_000)]}

    changes = (
        "body", "digest and body", "path", "query", "method", "Kiosk-Sequence", "created",
        "Idempotency-Key", "expires", "Signature", "Signature-Input", "Content-Digest",
    )  # fmt: skip
    for change in changes:
        refused = deliver(altered(kiosk.machine.signed("POST", "notes", note), change))
        assert refused.status == 401, (change, refused.body)
    assert alarmed(kiosk, "signature_wrong")
    assert alarmed(kiosk, "content_digest_wrong")
    assert not Record.objects.filter(kiosk=kiosk.kiosk).exists()
    assert (kiosk.cash_fen(), kiosk.quota_fen()) == (0, 20_000)
    uncovered = kiosk.machine.signed("POST", "notes", note, components=("@method", "@path"))
    assert deliver(uncovered).body["code"] == "signature_component_not_covered"
    assert kiosk.machine.post("notes", note).status == 200, "as it was meant it is taken"
    assert kiosk.cash_fen() == 1_000


def test_numbers_rise_and_what_was_said_is_answered_again_only_as_it_was(
    kiosk: Standing, province: Province
) -> None:
    slot = kiosk.slot(kiosk.province.card()).body["intake_id"]
    told = kiosk.machine.signed(
        "POST", "notes", {"notes": [kiosk.machine.note(slot, kiosk.box, 5_000)]}
    )
    late = kiosk.machine.signed("GET", "card-list/0", None)
    later = kiosk.machine.get("card-list/0")
    assert later.status == 200

    overtaken = deliver(told)
    assert (overtaken.status, overtaken.body["code"]) == (409, "kiosk_sequence_used")
    assert kiosk.cash_fen() == 0, "a reordered request moves nothing"
    assert deliver(late).body["code"] == "kiosk_sequence_used"
    assert alarmed(kiosk, "kiosk_sequence_used")

    again = kiosk.machine.signed(
        "POST", "notes", {"notes": [kiosk.machine.note(slot, kiosk.box, 2_000)]}
    )
    first, second = deliver(again), deliver(again)
    assert (first.status, second.status) == (200, 200)
    assert first.raw == second.raw
    assert second.headers["Idempotency-Replayed"] == "true"
    assert kiosk.cash_fen() == 2_000, "the very same request again moves nothing"
    read = kiosk.machine.signed("GET", "card-list/0", None)
    assert [deliver(read).status for _ in range(2)] == [200, 409], "a question is asked once"

    # another kiosk's numbers are its own, and its key says nothing of this one
    other = Standing.new(province, officers=(kiosk.first, kiosk.second))
    assert other.machine.sequence < kiosk.machine.sequence
    assert other.machine.get("card-list/0").status == 200
    borrowed = replace(other.machine, sequence=kiosk.machine.sequence + 100)
    refused = borrowed.post("notes", {"notes": [kiosk.machine.note(slot, kiosk.box, 1_000)]})
    assert refused.body["code"] == "kiosk_intake_not_found", "another's slot is not found"
    assert kiosk.cash_fen() == 2_000
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE kiosk_line SET sequence = 1 WHERE kiosk_id = %s", [kiosk.kiosk.pk])
    assert Line.objects.get(kiosk=kiosk.kiosk).sequence == kiosk.machine.sequence


def test_a_wrong_clock_is_told_by_how_much(kiosk: Standing) -> None:
    machine = replace(kiosk.machine, clock=lambda: clock.now() + timedelta(minutes=7))
    ahead = machine.get("card-list/0")
    assert (ahead.status, ahead.body["code"]) == (401, "signature_from_future")
    assert -421 <= ahead.body["facts"]["skew_seconds"] <= -419
    machine = replace(kiosk.machine, clock=lambda: clock.now() - timedelta(hours=1))
    behind = machine.get("card-list/0")
    assert behind.body["code"] == "signature_stale"
    # a machine with a wrong clock can begin: it is told before its code is looked at
    begun = [machine.enrol(code) for code in ("a code nobody gave", "another")]
    assert {(one.status, one.body["code"]) for one in begun} == {(401, "signature_stale")}
    assert 3_599 <= begun[0].body["facts"]["skew_seconds"] <= 3_601
    assert 3_599 <= behind.body["facts"]["skew_seconds"] <= 3_601
    assert alarmed(kiosk, "signature_stale")


@pytest.mark.parametrize("algorithm", [Algorithm.ED25519, Algorithm.ECDSA_P256, Algorithm.SM2])
def test_the_next_key_works_with_its_first_word_and_all_end_by_one(
    province: Province, algorithm: Algorithm
) -> None:
    kiosk = Standing.new(province, quota_fen=5_000, algorithm=algorithm)
    old = replace(kiosk.machine)
    assert kiosk.machine.rotate(new_key(algorithm)).status == 201
    lost, kiosk.machine.key = kiosk.machine.key, old.key  # the answer never came
    assert kiosk.machine.get("card-list/0").status == 200, "the old key works until then"
    assert kiosk.machine.rotate(new_key(algorithm)).status == 201
    states = {one.key_id: one.state for one in Key.objects.filter(kiosk=kiosk.kiosk)}
    assert states == {
        old.key.key_id: "active", lost.key_id: "retired", kiosk.machine.key.key_id: "incoming",
    }  # fmt: skip
    unheard = deliver(replace(kiosk.machine, sequence=0).signed("GET", "card-list/0", None))
    assert unheard.body["code"] == "kiosk_sequence_used"
    assert keys.of_id(old.key.key_id, clock.now()), "a word that is refused swaps nothing"

    assert kiosk.machine.get("card-list/0").status == 200, "the first word under the new one"
    old.sequence = kiosk.machine.sequence + 500
    for word in (old.get("card-list/0"), old.rotate(new_key(algorithm))):
        assert (word.status, word.body["code"]) == (401, "signature_key_unknown")
    assert kiosk.machine.rotate(lost).body["code"] == "kiosk_key_not_taken", "none returns"
    assert kiosk.machine.rotate(new_key(algorithm)).status == 201, "one more is on its way"

    thief = replace(kiosk.machine, sequence=kiosk.machine.sequence + 1_000)
    with pytest.raises(NotAllowed):
        keys.revoke(kiosk.kiosk, by=kiosk.first, because="stolen", now=clock.now())
    guard = seat(("security_officer", province.pool)).person
    assert keys.revoke(kiosk.kiosk, by=guard, because="stolen", now=clock.now()) == 2
    for machine in (thief, old):
        refused = machine.post("sign-on")
        assert (refused.status, refused.body["code"]) == (401, "signature_key_unknown")
    assert alarmed(kiosk, "signature_key_unknown")
    kiosk.kiosk.refresh_from_db()
    assert (kiosk.kiosk.state, kiosk.quota_fen()) == ("suspended", 5_000)

    # a new code, by two people again, brings it back
    again = creating.ask_again(kiosk.kiosk, maker=kiosk.second, now=clock.now())
    given = creating.approve(again.id, checker=kiosk.first, now=clock.now())
    kiosk.machine.key = new_key(algorithm)
    assert kiosk.machine.enrol(given.code).status == 201
    assert kiosk.machine.sign_on().status == 201


def test_a_stopped_kiosk_does_no_business_and_still_says_what_it_holds(kiosk: Standing) -> None:
    card = kiosk.province.card()
    slot = kiosk.slot(card).body["intake_id"]
    note = kiosk.machine.note(slot, kiosk.box, 5_000)
    creating.move(kiosk.kiosk, place="B", by=kiosk.first, because="works", now=clock.now())
    fleet.stop(kiosk.kiosk, by=kiosk.first, because="paper jam", now=clock.now())

    refused = kiosk.slot(card)
    assert (refused.status, refused.body["code"]) == (403, "kiosk_not_in_service")
    assert kiosk.machine.post("notes", {"notes": [note]}).status == 200
    assert kiosk.machine.sign_on().body["stopped"] is True
    said = {
        "version": "1.2.0", "paper": "low", "cash_fen": 5_000, "notes": 1,
        "error_codes": ["PRN-7"], "waiting_records": 0, "said_at": clock.now().isoformat(),
    }  # fmt: skip
    assert kiosk.machine.post("heartbeats", said).body["stopped"] is True
    stands = fleet.standing(kiosk.kiosk, clock.now())
    assert (stands.booked_fen, stands.silent, stands.heartbeat.paper) == (5_000, False, "low")
    assert Transition.objects.filter(subject_id=kiosk.kiosk.id, to_state="suspended").exists()
    moved = AuditEntry.objects.get(act="kiosk_moved", subject=f"kiosk:{kiosk.kiosk.id}")
    assert (moved.facts["before"], moved.facts["after"]) == ("郑州东站 1 厅", "B")
    fleet.resume(kiosk.kiosk, by=kiosk.second, because="mended", now=clock.now())
    assert kiosk.machine.post("sign-off").body["ended"] is True
    assert kiosk.slot(card).body["code"] == "kiosk_not_signed_on"
    assert Client().post("/api/v1/kiosk/notes").status_code == 401
