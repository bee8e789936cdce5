"""Citizens come in by a code, are seen on their devices, and leave: one, all others, or by rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts import people, sign_in_codes, sign_ins, signing_in
from accounts.citizen_errors import CodeOver, CodeWrong, DeviceUnknown, SignInNotPossible
from accounts.models import AuditEntry, Person, SignIn
from tests.accounts.strangers import a_phone, somebody

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HERE = "198.51.100.7"


def entered(
    phone: str | None = None, *, now: datetime = NOW, **given: object
) -> signing_in.Entered:
    code = sign_in_codes.ask(phone or a_phone(), address=HERE, now=now)
    return signing_in.by_browser(
        code.challenge, code.code, label="iPhone", address=HERE, now=now, **given  # type: ignore[arg-type]
    )  # fmt: skip


def test_the_first_sign_in_enrols_and_the_next_finds_the_same_person(db: None) -> None:
    phone = a_phone()
    first = entered(phone)
    again = entered(phone, now=NOW + timedelta(minutes=2))
    assert first.person == again.person == people.by_phone(phone)
    assert first.secret != again.secret
    assert people.has_role(first.person, "citizen", None, NOW)
    acts = AuditEntry.objects.filter(subject=f"person:{first.person.pk}", act="signed_in")
    assert acts.count() == 2


def test_a_wrong_code_enrols_nobody_and_signs_nobody_in(db: None) -> None:
    code = sign_in_codes.ask(a_phone(), address=HERE, now=NOW)
    wrong = f"{(int(code.code) + 1) % 10**6:06d}"
    with pytest.raises(CodeWrong):
        signing_in.by_browser(code.challenge, wrong, label="x", address=HERE, now=NOW)
    assert not Person.objects.exists()
    assert not SignIn.objects.exists()


def test_a_code_signs_in_once(db: None) -> None:
    code = sign_in_codes.ask(a_phone(), address=HERE, now=NOW)
    signing_in.by_browser(code.challenge, code.code, label="x", address=HERE, now=NOW)
    with pytest.raises(CodeOver):
        signing_in.by_browser(code.challenge, code.code, label="x", address=HERE, now=NOW)
    assert SignIn.objects.count() == 1


def test_who_was_suspended_is_told_only_with_the_right_code(db: None) -> None:
    phone = a_phone()
    Person.objects.filter(pk=people.enrol(phone, NOW).pk).update(is_active=False)
    with pytest.raises(SignInNotPossible):
        entered(phone)
    assert not SignIn.objects.exists()


def test_signing_in_again_rotates_and_ends_what_was_before(db: None) -> None:
    phone = a_phone()
    first = entered(phone)
    second = entered(phone, now=NOW + timedelta(minutes=2), before=first.sign_in)
    assert sign_ins.find(first.secret, NOW + timedelta(minutes=2)) is None
    assert sign_ins.find(second.secret, NOW + timedelta(minutes=2)) == second.sign_in


def test_only_a_digest_of_the_secret_is_kept(db: None) -> None:
    in_ = entered()
    row = SignIn.objects.get()
    assert in_.secret.encode() not in bytes(row.digest or b"")
    assert sign_ins.find(in_.secret + "x", NOW) is None


def test_rest_ends_it_and_use_keeps_it(db: None) -> None:
    in_ = entered()
    almost = NOW + sign_ins.IDLE - timedelta(seconds=1)
    assert sign_ins.find(in_.secret, NOW + sign_ins.IDLE) is None
    assert sign_ins.find(in_.secret, almost) is not None
    assert sign_ins.find(in_.secret, almost + timedelta(days=6)) is not None


def test_no_use_keeps_it_beyond_thirty_days(db: None) -> None:
    in_ = entered()
    for day in range(1, 30):
        assert sign_ins.find(in_.secret, NOW + timedelta(days=day)) is not None, day
    assert sign_ins.find(in_.secret, NOW + timedelta(days=30)) is None


def test_a_person_made_inactive_is_out_at_once(db: None) -> None:
    in_ = entered()
    Person.objects.filter(pk=in_.person.pk).update(is_active=False)
    assert sign_ins.find(in_.secret, NOW) is None


def test_devices_are_listed_and_ended_one_by_one(db: None) -> None:
    phone = a_phone()
    first, second = entered(phone), entered(phone, now=NOW + timedelta(minutes=2))
    now = NOW + timedelta(minutes=3)
    assert sign_ins.of(first.person, now) == [second.sign_in, first.sign_in]
    assert sign_ins.end(first.sign_in, because="revoked", now=now)
    assert not sign_ins.end(first.sign_in, because="revoked", now=now)
    assert sign_ins.of(first.person, now) == [second.sign_in]
    assert sign_ins.find(first.secret, now) is None
    ended = AuditEntry.objects.filter(act="signed_out")
    assert [one.facts["because"] for one in ended] == ["revoked"]


def test_all_others_go_and_this_one_stays(db: None) -> None:
    phone = a_phone()
    mine = [entered(phone, now=NOW + n * timedelta(minutes=2)) for n in range(3)]
    now = NOW + timedelta(minutes=10)
    assert sign_ins.end_others(mine[0].person, but=mine[1].sign_in.pk, because="x", now=now) == 2
    assert [sign_ins.find(one.secret, now) is not None for one in mine] == [False, True, False]


def test_another_person_s_device_is_not_found(db: None) -> None:
    in_ = entered()
    with pytest.raises(DeviceUnknown):
        sign_ins.get(somebody(NOW), in_.sign_in.pk, NOW)
    assert sign_ins.get(in_.person, in_.sign_in.pk, NOW) == in_.sign_in


def test_a_code_is_fresh_for_ten_minutes(db: None) -> None:
    in_ = entered()
    assert sign_ins.is_fresh(in_.sign_in, NOW + timedelta(minutes=9))
    assert not sign_ins.is_fresh(in_.sign_in, NOW + timedelta(minutes=10))
