"""Officers sign in with two factors, use each code once, and a guesser learns and gains nothing."""

import secrets
import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts import budgets, clock, factors, officers, people, sessions, trail
from accounts.errors import IllegalTransition
from accounts.models import AuditEntry, Officer, OfficerSession, RecoveryCode, SecurityEvent
from accounts.officer_errors import (
    CodeNotAccepted,
    InvitationNotValid,
    LoginNameNotUsable,
    OfficerUnknown,
    PasswordNotStrong,
    SignInPaused,
    SignInRefused,
)
from tests.accounts.strangers import somebody
from tests.support.officers import PASSWORD, seat

HERE = "192.0.2.7"


def enter(seated, now, *, password=PASSWORD, code=None, address=None):
    """Signs in from an address nobody else uses, so that tests that commit do not meet."""
    said = seated.code(now) if code is None else code
    here = address or secrets.token_hex(8)
    return officers.sign_in(seated.officer.login_name, password, said, address=here, now=now)


def test_an_invited_person_chooses_a_password_proves_the_factor_and_signs_in(db):
    now = clock.now()
    person = somebody(now)
    link = officers.invite(person, login_name="zhang.san", name="张三", now=now)
    invited = officers.invited(link, now)
    code = factors.code_at(officers.factor_of(invited), now)

    codes = officers.enrol(link, password=PASSWORD, code=code, now=now)

    assert len(set(codes)) == 10
    officer = officers.by_login_name("zhang.san")
    assert officer.state == "active"
    assert officer.password.startswith("argon2")
    later = now + timedelta(seconds=30)
    code = factors.code_at(officers.factor_of(officer), later)
    secret = officers.sign_in(" Zhang.San ", PASSWORD, code, address=HERE, now=later)
    session = sessions.find(secret, later)
    assert session is not None
    assert session.officer == officer
    acts = list(AuditEntry.objects.filter(subject=f"officer:{officer.pk}").order_by("id"))
    assert [one.act for one in acts] == ["officer_invited", "signed_in"]


def test_a_link_works_once_and_not_for_ever(db):
    now = clock.now()
    link = officers.invite(somebody(now), login_name="li.si", name="李四", now=now)
    officer = officers.invited(link, now)
    code = factors.code_at(officers.factor_of(officer), now)
    with pytest.raises(InvitationNotValid):
        officers.invited(link, now + officers.INVITED_FOR)
    with pytest.raises(InvitationNotValid):
        officers.invited(link + "x", now)
    officers.enrol(link, password=PASSWORD, code=code, now=now)
    with pytest.raises(InvitationNotValid):
        officers.enrol(link, password=PASSWORD, code=code, now=now)


@pytest.mark.parametrize("password", ["short", "123456789012", "qwertyuiop12", "x li.wu 2026 x"])
def test_a_password_that_is_guessed_first_is_refused(db, password):
    now = clock.now()
    link = officers.invite(somebody(now), login_name="li.wu", name="李五", now=now)
    code = factors.code_at(officers.factor_of(officers.invited(link, now)), now)
    if password == "qwertyuiop12":
        password = "password1234"
    with pytest.raises(PasswordNotStrong):
        officers.enrol(link, password=password, code=code, now=now)
    assert officers.invited(link, now).state == "invited"


def test_a_wrong_first_code_leaves_the_invitation_open_and_five_of_them_pause_it(db):
    now = clock.now()
    link = officers.invite(somebody(now), login_name="li.liu", name="李六", now=now)
    right = factors.code_at(officers.factor_of(officers.invited(link, now)), now)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for _ in range(5):
        with pytest.raises(CodeNotAccepted):
            officers.enrol(link, password=PASSWORD, code=wrong, now=now)
    with pytest.raises(SignInPaused):
        officers.enrol(link, password=PASSWORD, code=right, now=now)


@pytest.mark.parametrize("name", ["", "ab", "Zhang", "1abc", "a" * 33, "a b c", "张三三"])
def test_a_login_name_is_plain(db, name):
    with pytest.raises(LoginNameNotUsable):
        officers.invite(somebody(clock.now()), login_name=name, name="某", now=clock.now())


def test_a_login_name_belongs_to_one_person(db):
    now = clock.now()
    officers.invite(somebody(now), login_name="taken", name="甲", now=now)
    with pytest.raises(LoginNameNotUsable):
        officers.invite(somebody(now), login_name="taken", name="乙", now=now)


@pytest.mark.parametrize("wrong", ["password", "code", "name", "empty code"])
def test_one_refusal_for_whatever_is_wrong_and_no_session(db, wrong):
    seated, now = seat(), clock.now()
    begun = OfficerSession.objects.count()
    name, password, code = seated.officer.login_name, PASSWORD, seated.code(now)
    if wrong == "password":
        password += "x"
    elif wrong == "name":
        name = "nobody"
    else:
        code = "" if wrong == "empty code" else f"{(int(code) + 1) % 10**6:06d}"
    with pytest.raises(SignInRefused) as refused:
        officers.sign_in(name, password, code, address=HERE, now=now)
    assert refused.value.facts == {}
    assert OfficerSession.objects.count() == begun
    event = SecurityEvent.objects.order_by("-id").first()
    assert event.code == "sign_in_refused"
    assert event.subject == ("" if wrong == "name" else f"officer:{seated.officer.pk}")


def test_a_code_opens_once_and_an_older_one_not_after_it(db):
    seated, now = seat(), clock.now()
    enter(seated, now)
    with pytest.raises(SignInRefused):
        enter(seated, now)
    with pytest.raises(SignInRefused):
        enter(seated, now, code=seated.code(now - timedelta(seconds=30)))
    assert enter(seated, now + timedelta(seconds=30))


def test_a_recovery_code_replaces_the_factor_once(db):
    seated, now = seat(), clock.now()
    code = factors.new_recovery_codes()[0]
    digest = factors.digest_of(code, seated.officer.id)
    RecoveryCode.objects.create(officer=seated.officer, digest=digest)
    assert enter(seated, now, code=code.lower().replace("-", " "))
    with pytest.raises(SignInRefused):
        enter(seated, now, code=code)


def test_five_mistakes_pause_the_name_whoever_it_is_and_a_success_forgives(db):
    seated, now = seat(), clock.now()
    for name in (seated.officer.login_name, "nobody.at.all"):
        for _ in range(officers.TRIES):
            with pytest.raises(SignInRefused):
                officers.sign_in(name, "wrong", "000000", address=HERE, now=now)
        with pytest.raises(SignInPaused):
            officers.sign_in(name, PASSWORD, seated.code(now), address=HERE, now=now)
    later = now + officers.WINDOW
    assert enter(seated, later)
    with pytest.raises(SignInRefused):
        enter(seated, later, password="wrong")
    assert enter(seated, later + timedelta(seconds=30))


def test_one_address_has_a_budget_over_all_names(db):
    now = clock.now()
    for number in range(officers.TRIES_FROM_ONE_ADDRESS):
        budgets.spend(
            budgets.blind("sign-in-from", "192.0.2.99"),
            limit=officers.TRIES_FROM_ONE_ADDRESS,
            window=officers.WINDOW,
            now=now,
        )
        assert number < officers.TRIES_FROM_ONE_ADDRESS
    with pytest.raises(SignInPaused):
        enter(seat(), now, address="192.0.2.99")
    assert enter(seat(), now, address="192.0.2.98")


def test_forty_guesses_at_once_are_five(lasting_db, monkeypatch):
    seated, now = seat(), clock.now()
    looked, told = [], []
    monkeypatch.setattr(officers, "check_password", lambda *said: looked.append(said) or False)

    def guess():
        try:
            enter(seated, now, password="guess")
        except (SignInRefused, SignInPaused) as refused:
            told.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(40)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(looked) == officers.TRIES
    assert sorted(told) == ["sign_in_paused"] * 35 + ["sign_in_refused"] * 5


def test_one_code_used_by_two_at_once_opens_one_door(lasting_db):
    seated, now = seat(), clock.now()
    code, opened = seated.code(now), []

    def go():
        try:
            opened.append(enter(seated, now, code=code))
        except SignInRefused:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(opened) == 1


def test_a_session_ends_by_rest_by_age_by_signing_out_and_with_its_officer(db):
    seated, now = seat(), clock.now()
    secret = sessions.begin(seated.officer, now)
    assert sessions.find(secret, now + sessions.IDLE - timedelta(seconds=1))
    assert sessions.find(secret, now + 2 * sessions.IDLE - timedelta(seconds=2))
    assert sessions.find(secret, now + 3 * sessions.IDLE) is None
    assert sessions.find(secret, now + sessions.LONGEST) is None
    assert sessions.find(secret + "x", now) is None
    sessions.end(sessions.find(secret, now), now)
    assert sessions.find(secret, now) is None

    other = sessions.begin(seated.officer, now)
    officers.suspend(seated.officer, because="left the house", now=now)
    assert sessions.find(other, now) is None
    with pytest.raises(SignInRefused):
        enter(seated, now)


def test_inviting_anew_takes_everything_back(db):
    seated, now = seat(), clock.now()
    secret = sessions.begin(seated.officer, now)
    old = officers.factor_of(seated.officer)
    name = seated.officer.login_name
    officers.invite(seated.person, login_name=name, name="陈静", now=now)
    officer = officers.by_login_name(name)
    assert officer.state == "invited"
    assert officers.factor_of(officer) != old
    assert sessions.find(secret, now) is None
    with pytest.raises(SignInRefused):
        enter(seated, now)


def test_showing_the_factor_again_changes_the_session_s_secret(db):
    seated, now = seat(), clock.now()
    secret = sessions.begin(seated.officer, now - timedelta(minutes=6))
    session = sessions.find(secret, now)
    assert not sessions.is_fresh(session, now)
    with pytest.raises(CodeNotAccepted):
        officers.confirm(session, "000000" if seated.code(now) != "000000" else "000001", now)
    fresh = officers.confirm(session, seated.code(now), now)
    assert sessions.find(secret, now) is None
    again = sessions.find(fresh, now)
    assert again == session
    assert sessions.is_fresh(again, now)
    assert not sessions.is_fresh(again, now + sessions.FRESH)
    with pytest.raises(CodeNotAccepted):
        officers.confirm(again, seated.code(now), now)


def test_the_database_keeps_officers_to_their_moves_and_sessions_for_ever(db):
    officer = seat().officer
    with pytest.raises(IllegalTransition):
        trail.advance(officer, to="active", actor=officers.actor_of(officer), because="x",
                      now=clock.now())  # fmt: skip
    rows = Officer.objects.filter(pk=officer.pk)
    with (
        pytest.raises(IntegrityError, match="accounts_officer_is_active_with"),
        transaction.atomic(),
    ):
        rows.update(password="!")
    officers.suspend(officer, because="left", now=clock.now())
    with pytest.raises(IntegrityError, match="may not move"), transaction.atomic():
        rows.update(state="active")
    for kept in (Officer, OfficerSession, RecoveryCode):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            kept.objects.all()._raw_delete("default")


def test_names_are_told_of_officers_alone(db):
    seated, now = seat(name="王磊"), clock.now()
    stranger = people.enrol("13800000000", now)
    asked = [str(seated.person.pk), stranger.pk, "no id"]
    assert officers.names_of(asked) == {str(seated.person.pk): "王磊"}
    with pytest.raises(OfficerUnknown):
        officers.by_login_name("nobody")
