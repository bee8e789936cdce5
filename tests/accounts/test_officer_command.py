"""The administrator's command invites and suspends; roles come from two officers."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts import clock, officers, people, roles
from accounts.management.commands import officer as command
from accounts.models import RoleGrant
from tests.accounts.strangers import a_phone
from tests.support.officers import seat


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("officer", *words, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


def test_an_invitation_is_printed_once_and_opens_the_page(db):
    said = run("invite", "zhao.liu", "--name", "赵六", "--phone", a_phone())
    link = said.removeprefix("/console/enrol?link=")
    assert officers.invited(link, clock.now()).name == "赵六"


def test_a_suspended_officer_is_out(db):
    seated = seat(("finance_officer", 1))
    run("suspend", seated.officer.login_name, "--because", "left")
    assert seated.client.get("/console/").status_code == 302


def test_the_house_grants_the_first_of_two_offices_and_nothing_more(db):
    held = RoleGrant.objects.filter(role__in=command.FIRST, valid_until=None)
    held.update(valid_until=clock.now())
    first, other = seat(), seat()
    name, other_name = first.officer.login_name, other.officer.login_name
    with pytest.raises(CommandError, match="invalid choice"):
        run("grant", name, roles.FINANCE_OFFICER)
    run("grant", name, roles.SECURITY_OFFICER)
    with pytest.raises(CommandError, match="two officers"):
        run("grant", other_name, roles.SECURITY_OFFICER)
    run("grant", other_name, roles.ADMINISTRATOR)
    now = clock.now()
    assert people.has_role(first.person, roles.SECURITY_OFFICER, None, now)
    assert people.has_role(other.person, roles.ADMINISTRATOR, 4, now)
    with pytest.raises(CommandError, match="officer_unknown"):
        run("suspend", "nobody", "--because", "x")
