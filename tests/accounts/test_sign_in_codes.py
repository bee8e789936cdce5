"""A code is compared at most five times, whoever guesses how fast, and is used once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction

from accounts import budgets, clock, people, phones, sign_in_codes
from accounts.citizen_errors import CodeOver, CodesSpent, CodeTooSoon, CodeWrong, SignInTooOften
from accounts.errors import PhoneNotUnderstood
from accounts.models import Budget, Person, SecurityEvent, SignInCode
from tests.accounts.strangers import a_phone

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = timedelta(minutes=2)


def asked(phone: str | None = None, *, now: datetime = NOW) -> sign_in_codes.Asked:
    return sign_in_codes.ask(phone or a_phone(), address=an_address(), now=now)


def an_address() -> str:
    return f"198.51.100.{a_phone()}"


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def check(code: sign_in_codes.Asked, guess: str, *, now: datetime = NOW) -> sign_in_codes.Proven:
    return sign_in_codes.check(code.challenge, guess, address=an_address(), now=now)


def test_the_right_code_proves_the_number_once(db: None) -> None:
    code = asked()
    proven = check(code, f" {code.code[:3]} {code.code[3:]} ")
    assert proven.phone == code.phone
    sign_in_codes.use(proven, NOW)
    with pytest.raises(CodeOver):
        sign_in_codes.use(proven, NOW)
    with pytest.raises(CodeOver):
        check(code, code.code)


def test_nothing_readable_is_kept(db: None) -> None:
    code = asked()
    row = SignInCode.objects.get()
    kept = b"".join(bytes(one) for one in (row.digest, row.challenge, row.phone_sealed))
    for secret in (code.code, code.phone, code.challenge):
        assert secret.encode() not in kept
    sign_in_codes.use(check(code, code.code), NOW)
    row.refresh_from_db()
    assert (bytes(row.phone_sealed), row.phone_key) == (b"", "")


def test_a_code_is_over_after_five_minutes(db: None) -> None:
    code = asked()
    with pytest.raises(CodeOver):
        check(code, code.code, now=NOW + timedelta(minutes=5))
    assert check(code, code.code, now=NOW + timedelta(minutes=4, seconds=59)).phone == code.phone


def test_five_wrong_guesses_end_a_code_and_the_right_one_comes_too_late(db: None) -> None:
    code = asked()
    left = []
    for _ in range(5):
        with pytest.raises(CodeWrong) as wrong:
            check(code, other_than(code.code))
        left.append(wrong.value.facts["left"])
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(CodeOver):
        check(code, code.code)
    assert SignInCode.objects.get().compares == 5
    assert SecurityEvent.objects.filter(code="signin_code_exhausted").count() == 1


def test_a_code_opens_only_its_own_challenge(db: None) -> None:
    mine, theirs = asked(), asked()
    if mine.code == theirs.code:
        theirs = asked()
    with pytest.raises(CodeWrong):
        check(theirs, mine.code)
    with pytest.raises(CodeOver):
        sign_in_codes.check("no such challenge", mine.code, address=an_address(), now=NOW)


@pytest.mark.parametrize("lucky", [False, True])
def test_a_hundred_guesses_at_once_compare_at_most_five(
    lasting_db: None, monkeypatch: pytest.MonkeyPatch, lucky: bool
) -> None:
    now = clock.now()
    code = asked(now=now)
    looked: list[bool] = []
    really: Callable[[bytes, bytes], bool] = sign_in_codes._same

    def same(kept: bytes, said: bytes) -> bool:
        looked.append(really(kept, said))
        return looked[-1]

    monkeypatch.setattr(sign_in_codes, "_same", same)
    told: list[str] = []
    ready = threading.Barrier(50)

    def guess_twice(number: int) -> None:
        connection.ensure_connection()
        ready.wait()
        for turn in range(2):
            said = code.code if lucky and number % 10 == 0 and turn else other_than(code.code)
            try:
                sign_in_codes.use(check(code, said, now=now), now)
                told.append("in")
            except (CodeWrong, CodeOver) as refused:
                told.append(refused.code)
        connections.close_all()

    threads = [threading.Thread(target=guess_twice, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 100
    assert len(looked) <= 5
    assert told.count("in") <= 1
    if not lucky:
        assert (len(looked), told.count("signin_code_wrong")) == (5, 5)
        assert told.count("signin_code_over") == 95
    assert SignInCode.objects.get(phone_key__isnull=False, sent_at=now).compares == len(looked)


def test_the_database_itself_refuses_a_sixth_compare(db: None) -> None:
    asked()
    with pytest.raises(IntegrityError, match="five_times_at_most"), transaction.atomic():
        SignInCode.objects.update(compares=6)


def test_one_code_a_minute_and_the_wait_is_told(db: None) -> None:
    phone = a_phone()
    asked(phone)
    with pytest.raises(CodeTooSoon) as soon:
        asked(phone, now=NOW + timedelta(seconds=20))
    assert soon.value.facts == {"wait_seconds": 40}
    asked(phone, now=NOW + timedelta(seconds=60))
    assert SignInCode.objects.count() == 2


def test_ten_codes_a_day_for_a_number(db: None) -> None:
    phone = a_phone()
    for number in range(10):
        asked(phone, now=NOW + number * LATER)
    with pytest.raises(CodesSpent):
        asked(phone, now=NOW + 10 * LATER)
    asked(phone, now=NOW + timedelta(days=1))


def test_thirty_codes_an_hour_from_an_address(db: None) -> None:
    for _ in range(30):
        sign_in_codes.ask(a_phone(), address="203.0.113.9", now=NOW)
    with pytest.raises(CodesSpent) as spent:
        sign_in_codes.ask(a_phone(), address="203.0.113.9", now=NOW)
    assert spent.value.facts == {"wait_seconds": 3600}
    assert SignInCode.objects.count() == 30


def test_so_many_codes_a_minute_in_all(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGN_IN_CODES_PER_MINUTE", "3")
    for _ in range(3):
        asked()
    with pytest.raises(CodesSpent):
        asked()
    asked(now=NOW + timedelta(minutes=1))


def test_guesses_from_one_address_have_a_budget_over_all_codes(db: None) -> None:
    for _ in range(12):
        code = asked()
        for _ in range(5):
            with pytest.raises(CodeWrong):
                sign_in_codes.check(
                    code.challenge, other_than(code.code), address="203.0.113.7", now=NOW
                )
    code = asked()
    with pytest.raises(SignInTooOften):
        sign_in_codes.check(code.challenge, code.code, address="203.0.113.7", now=NOW)
    assert SignInCode.objects.get(expires_at=code.expires_at, compares=0)


def test_a_known_number_is_answered_like_a_stranger_s(db: None) -> None:
    known, strange = a_phone(), a_phone()
    people.enrol(known, NOW)
    for phone in (known, strange):
        code = asked(phone)
        assert (code.expires_at, code.again_at) == (
            NOW + timedelta(minutes=5),
            NOW + timedelta(minutes=1),
        )
        with pytest.raises(CodeTooSoon):
            asked(phone)
    assert Person.objects.count() == 1, "asking enrols nobody"


def test_no_budget_names_a_phone_that_could_be_guessed_from_it(db: None) -> None:
    code = asked()
    names = list(Budget.objects.values_list("name", flat=True))
    assert not [name for name in names if code.phone in name]
    assert budgets.blind("code", code.phone) not in names
    assert f"code:{phones.index(code.phone).hex()}" in names


def test_what_is_no_number_costs_nothing(db: None) -> None:
    with pytest.raises(PhoneNotUnderstood):
        asked("12345")
    assert not SignInCode.objects.exists()
    assert not Budget.objects.exists()


def test_old_codes_are_forgotten(db: None) -> None:
    asked()
    asked(now=NOW + timedelta(days=1))
    assert sign_in_codes.forget(NOW + timedelta(hours=1)) == 1
    assert SignInCode.objects.count() == 1


def test_the_page_says_which_number_it_waits_for(db: None) -> None:
    code = asked("13812340984")
    assert sign_in_codes.masked_phone(code.challenge, NOW) == "138****0984"
    with pytest.raises(CodeOver):
        sign_in_codes.masked_phone(code.challenge, code.expires_at)
