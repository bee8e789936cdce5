"""What takes two people takes two in the database as well: raw SQL of the service moves nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts import approvals, clock
from accounts.errors import MakerIsChecker
from accounts.identifiers import new_id
from gateway.kiosk import boxes, claims, counters, creating, ending, quota
from gateway.kiosk.errors import CountNotUnderstood, EnrolmentNotOpen
from gateway.kiosk.key_proofs import plain_fingerprint
from gateway.kiosk.models import Box, Claim, Count, Counter, Enrolment, Grant, Key
from gateway.sandbox.kiosks.client import new_key
from gateway.signatures import SigningKey, content_digest
from tests.support.kiosks import CountingMachine, Standing
from tests.support.province import Province


@pytest.fixture
def kiosk(province: Province) -> Standing:
    return Standing.new(province, quota_fen=20_000)


def refused(law: str, statement: str, *values: Any) -> None:
    """The service's own statement is refused by this very law."""
    writing = (transaction.atomic(), connection.cursor())
    with pytest.raises(DatabaseError) as said, writing[0], writing[1] as cursor:
        cursor.execute(statement, values)
    cause = said.value.__cause__
    assert isinstance(cause, psycopg.errors.IntegrityError), cause
    assert cause.diag.constraint_name == law


def test_no_kiosk_enrols_without_two(kiosk: Standing) -> None:
    asked = creating.ask_again(kiosk.kiosk, maker=kiosk.first, now=clock.now())
    approving = (
        "UPDATE kiosk_enrolment SET state = 'approved', checker_id = %s, code_digest = %s, "
        "expires_at = %s WHERE id = %s"
    )
    values = (kiosk.second.pk, b"4" * 32, asked.expires_at, asked.id)
    refused("kiosk_enrolment_has_its_approval", approving, *values)
    refused(
        "kiosk_enrolment_has_its_approval",
        "INSERT INTO kiosk_enrolment (id, kiosk_id, state, maker_id, expires_at, asked_at) "
        "VALUES (%s, %s, 'asked', %s, now(), now())",
        new_id(clock.now()), kiosk.kiosk.pk, kiosk.first.pk,
    )  # fmt: skip
    approvals.approve(asked.id, checker=kiosk.second, now=clock.now())
    refused("kiosk_enrolment_has_its_approval", approving, kiosk.first.pk, *values[1:])

    # no key comes from a statement: not beside nothing, and not for an approved enrolment
    Key.objects.filter(kiosk=kiosk.kiosk).update(state="retired")
    thief = written(new_key(), code="guessed")
    refused("kiosk_key_is_signed_in", ENTERING, *thief.values(kiosk, None, None))
    used = Enrolment.objects.get(kiosk=kiosk.kiosk, state="used")
    refused("kiosk_key_has_its_enrolment", ENTERING, *thief.values(kiosk, used.id, None))
    refused(
        "kiosk_key_ends_no_later",
        "UPDATE kiosk_key SET expires_at = expires_at + interval '1 day' WHERE kiosk_id = %s",
        kiosk.kiosk.pk,
    )
    refused(
        "kiosk_key_is_kept_as_it_was_made",
        "UPDATE kiosk_key SET public_pem = 'another' WHERE kiosk_id = %s",
        kiosk.kiosk.pk,
    )
    assert Enrolment.objects.get(pk=asked.id).state == "asked"

    # the second officer approved a place; the kiosk has moved since
    later = creating.ask_again(kiosk.kiosk, maker=kiosk.first, now=clock.now())
    creating.move(kiosk.kiosk, place="B", by=kiosk.first, because="works", now=clock.now())
    with pytest.raises(EnrolmentNotOpen):
        creating.approve(later.id, checker=kiosk.second, now=clock.now())

    # of two approved enrolments the newer counts, and of its codes the last
    one, two = (
        creating.ask_again(kiosk.kiosk, maker=kiosk.first, now=clock.now()) for _ in range(2)
    )
    creating.approve(one.id, checker=kiosk.second, now=clock.now())
    first = creating.approve(two.id, checker=kiosk.second, now=clock.now())
    assert Enrolment.objects.get(pk=one.id).state == "withdrawn"
    again = creating.issue_code(two.id, by=kiosk.first, now=clock.now())
    assert kiosk.machine.enrol(first.code).status == 403
    assert kiosk.machine.enrol(again.code).status == 403, "a key that was known before"
    assert Enrolment.objects.get(pk=two.id).state == "approved"


def test_one_key_works_one_is_incoming_and_none_returns(kiosk: Standing) -> None:
    machine, now = kiosk.machine, clock.now()
    working = Key.objects.get(kiosk=kiosk.kiosk, state="active")
    entering = written(new_key())
    told = replace(entering, keyid=working.key_id)
    other = Standing.new(kiosk.province, officers=(kiosk.first, kiosk.second))
    theirs = Key.objects.get(kiosk=other.kiosk)
    for wrong, signer in (
        (entering, working), (replace(told, body=b"{}"), working), (told, theirs),
        (replace(told, pem=written(new_key()).pem), working), (told, None),
        (replace(told, signature=b""), working),
    ):  # fmt: skip
        refused("kiosk_key_is_signed_in", ENTERING,
                *wrong.values(kiosk, None, signer and signer.pk))  # fmt: skip
    refused("accounts_allowed_move", ENTERING.replace("'incoming'", "'active'"),
            *told.values(kiosk, None, working.pk))  # fmt: skip

    # written as the law wants it, but for the signature: it stands there and opens no door
    with connection.cursor() as cursor:
        cursor.execute(ENTERING, told.values(kiosk, None, working.pk))
    forged = Key.objects.get(kiosk=kiosk.kiosk, state="incoming")
    refused("kiosk_has_one_incoming_key", ENTERING,
            *replace(written(new_key()), keyid=working.key_id).values(
                kiosk, None, working.pk))  # fmt: skip
    thief = replace(machine, key=named(entering.key, forged.key_id), sequence=10_000)
    heard = thief.post("sign-on")
    assert (heard.status, heard.body["code"]) == (401, "signature_key_unknown")
    moving = "UPDATE kiosk_key SET state = %s WHERE id = %s"
    refused("kiosk_has_one_working_key", moving, "active", forged.pk)

    # the machine's own next key takes its place, works with its first word, and none returns
    assert machine.rotate(new_key()).status == 201
    assert machine.get("card-list/0").status == 200
    living = Key.objects.filter(kiosk=kiosk.kiosk).exclude(state="retired")
    assert [one.key_id for one in living] == [machine.key.key_id]
    for gone in (working, forged):
        refused("accounts_allowed_move", moving, "active", gone.pk)
        refused("accounts_allowed_move", moving, "incoming", gone.pk)
    back = replace(told, pem=working.public_pem, keyid=machine.key.key_id)
    refused("kiosk_key_is_signed_in", ENTERING, *back.values(kiosk, None, living[0].pk))
    back.body = json.dumps({"public_pem": back.pem, "algorithm": "ed25519"}).encode()
    refused("kiosk_key_key_id_key", ENTERING, *back.values(kiosk, None, living[0].pk))
    assert Key.objects.filter(kiosk=kiosk.kiosk, added_at__gte=now).count() == 2


def test_no_quota_without_two(kiosk: Standing) -> None:
    writing = (
        "INSERT INTO kiosk_grant (id, kiosk_id, amount_fen, maker_id, checker_id, granted_at) "
        "VALUES (%s, %s, %s, %s, %s, now())"
    )
    people = (kiosk.first.pk, kiosk.second.pk)
    law = "kiosk_grant_has_its_approval"
    refused(law, writing, new_id(clock.now()), kiosk.kiosk.pk, 5_000, *people)
    asked = quota.ask(kiosk.kiosk, 5_000, maker=kiosk.first, because="a test", now=clock.now())
    refused(law, writing, asked.id, kiosk.kiosk.pk, 5_000, *people)
    approvals.approve(asked.id, checker=kiosk.second, now=clock.now())
    refused(law, writing, asked.id, kiosk.kiosk.pk, 5_000, *people)
    assert (Grant.objects.filter(kiosk=kiosk.kiosk).count(), kiosk.quota_fen()) == (1, 20_000)


def test_no_count_without_two_or_a_machine_that_signs(kiosk: Standing) -> None:
    kiosk.load_cash(kiosk.province.card(), 5_000)
    box = Box.objects.get(label=kiosk.box)
    kiosk.machine.post("boxes")
    now = clock.now()
    asked = boxes.count_by_first(box.id, {5_000: 1}, first=kiosk.first, now=now)
    booking = "UPDATE kiosk_count SET state = 'booked', second_id = %s WHERE id = %s"
    refused("kiosk_count_has_its_approval", booking, kiosk.second.pk, asked.id)
    writing = (
        "INSERT INTO kiosk_count (id, box_id, state, counted_fen, notes, first_id, counter_slip, "
        "record_id, difference_fen, counted_at) "
        "VALUES (%s, %s, 'asked', 5000, %s, %s, %s, %s, 0, now())"
    )
    notes = json.dumps({"5000": 1})
    refused("kiosk_count_has_its_approval", writing, new_id(now), box.id, notes,
            kiosk.first.pk, "GLY-0001", None)  # fmt: skip

    # a counting machine speaks for its box alone, and only once two officers have let it
    machine = kiosk.counter()
    lone = CountingMachine(code="c-unknown", key=machine.key)
    lone.key = type(machine.key)(
        key_id="c-unknown", algorithm=machine.key.algorithm, material=machine.key.material
    )
    assert lone.says(box.label, {5_000: 1}).status == 401
    told = machine.says(box.label, {5_000: 1}, slip="GLY-9")
    assert (told.status, told.body["counted_fen"]) == (201, 5_000)
    same = machine.says(box.label, {5_000: 2}, slip="GLY-9")
    assert (same.status, same.body["code"]) == (409, "kiosk_record_differs")
    stranger = machine.says("another box", {5_000: 1})
    with pytest.raises(CountNotUnderstood):
        boxes.count_by_counter(box.id, stranger.body["id"], by=kiosk.first, now=now)
    law = "kiosk_count_is_what_the_counter_signed"
    refused(law, writing, new_id(now), box.id, json.dumps({"5000": 2}), kiosk.first.pk, "GLY-9",
            told.body["id"])  # fmt: skip
    with pytest.raises(MakerIsChecker):
        counters.approve(_another_counter(kiosk).id, checker=kiosk.first, now=now)
    refused("kiosk_counter_has_its_approval",
            "UPDATE kiosk_counter SET state = 'active', checker_id = %s WHERE state = 'asked'",
            kiosk.second.pk)  # fmt: skip
    counters.retire(Counter.objects.get(code=machine.code).id, by=kiosk.first, because="sold",
                    now=now)  # fmt: skip
    with pytest.raises(CountNotUnderstood):
        boxes.count_by_counter(box.id, told.body["id"], by=kiosk.first, now=now)
    assert not Count.objects.filter(box=box, state="booked").exists()
    boxes.count_by_second(asked.id, {5_000: 1}, second=kiosk.second, now=now)
    box.refresh_from_db()
    assert box.state == "counted"


def test_no_day_is_ended_and_no_cash_given_back_by_one(kiosk: Standing) -> None:
    card = kiosk.province.card()
    opened = kiosk.open_cash(card, 5_000)
    claim = Claim.objects.get(pk=opened.body["order_id"])
    refused("kiosk_claim_has_its_payout",
            "UPDATE kiosk_claim SET state = 'paid_out' WHERE id = %s", claim.id)  # fmt: skip
    lost = kiosk.machine.number = kiosk.machine.number + 1
    kiosk.machine.settlement(1, lost, "2026-11-22")
    whole = kiosk.machine.settlement(1, lost, "2026-11-22", whole=True).body
    assert [one["kind"] for one in whole["differences"]] == ["gap"]
    asked = ending.ask(
        whole["settlement_id"], because="the number was never used", maker=kiosk.first,
        now=clock.now(),
    )  # fmt: skip
    with pytest.raises(MakerIsChecker):
        ending.approve(asked.id, checker=kiosk.first, now=clock.now())
    refused("kiosk_day_end_has_its_approval",
            "UPDATE kiosk_settlement SET state = 'ended', ended_by = %s WHERE id = %s", asked.id,
            whole["settlement_id"])  # fmt: skip
    ended = ending.approve(asked.id, checker=kiosk.second, now=clock.now())
    assert ended.state == "ended"
    kiosk.load_cash(kiosk.province.card(), 1_000)
    after = kiosk.machine.settlement(lost + 1, lost + 2, "2026-11-22").body
    assert after["state"] == "agreed", "the next day goes on after it"
    with pytest.raises(MakerIsChecker):
        _asked_back(kiosk, claim)
    assert kiosk.province.faults() == []


def _asked_back(kiosk: Standing, claim: Claim) -> None:
    kiosk.machine.post("boxes")
    asked = claims.ask(
        claim.id, way="cash", box=kiosk.box, because="card broken", maker=kiosk.first,
        now=clock.now(),
    )  # fmt: skip
    refused("kiosk_payout_has_its_approval",
            "UPDATE kiosk_payout SET state = 'done', checker_id = %s WHERE id = %s",
            kiosk.second.pk, asked.id)  # fmt: skip
    claims.approve(asked.id, checker=kiosk.first, now=clock.now())


def _another_counter(kiosk: Standing) -> Counter:
    key = CountingMachine.new(kiosk.province.pool, kiosk.first, kiosk.second).key.public
    return counters.ask(
        code=f"d{new_id(clock.now()).hex[:8]}", pool=kiosk.province.pool, place="A",
        algorithm=key.algorithm.value, public_pem=key.material.decode(), maker=kiosk.first,
        now=clock.now(),
    )  # fmt: skip


ENTERING = (
    "INSERT INTO kiosk_key (id, kiosk_id, key_id, algorithm, public_pem, fingerprint, state, "
    "added_at, expires_at, enrolment_id, signed_in_by_id, base, body, signature) VALUES (%s, %s, "
    "%s, 'ed25519', %s, %s, 'incoming', now(), now() + interval '1 year', %s, %s, %s, %s, %s)"
)


@dataclass(slots=True, kw_only=True)
class Written:
    """A key as somebody with the service's password would write it."""

    key: SigningKey
    pem: str
    body: bytes
    keyid: str = "nobody"
    signature: bytes = b"made up"

    def values(self, kiosk: Standing, enrolment: UUID | None, signer: UUID | None) -> list[Any]:
        print_ = plain_fingerprint(self.pem)
        path = "keys" if enrolment is None else "enrolments"
        base = (
            f'"@path": /api/v1/kiosk/{path}\n"content-digest": {content_digest(self.body)}\n'
            f'"@signature-params": ();keyid="{self.keyid}"'
        )
        return [
            new_id(clock.now()), kiosk.kiosk.pk, f"kio-{print_[:24]}", self.pem, print_, enrolment,
            signer, base, self.body, self.signature,
        ]  # fmt: skip


def written(key: SigningKey, **said: str) -> Written:
    pem = key.public.material.decode()
    told = {"public_pem": pem, "algorithm": "ed25519"} | said
    return Written(key=key, pem=pem, body=json.dumps(told).encode())


def named(key: SigningKey, key_id: str) -> SigningKey:
    return replace(key, key_id=key_id)
