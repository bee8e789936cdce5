"""`manage.py officer`: invites, renews and suspends officers, and grants the very first roles."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import clock, officers, people, roles
from accounts.errors import DomainError
from accounts.models import RoleGrant

FIRST = (roles.ADMINISTRATOR, roles.SECURITY_OFFICER)


class Command(BaseCommand):
    """``officer invite|suspend|grant …``; run by the administrator of the machine.

    The house itself grants only what nobody holds: the first security officer and the first
    administrator of the province. They give all other roles, two by two, on the console's page.
    What is done here is in the trail like everything else.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What may be done."""
        acts = parser.add_subparsers(dest="act", required=True)
        invite = acts.add_parser("invite", help="make or renew a sign-in; prints the link once")
        invite.add_argument("login_name")
        invite.add_argument("--name", required=True, help="what colleagues call them")
        invite.add_argument("--phone", required=True, help="the person's mobile number")
        suspend = acts.add_parser("suspend", help="no more sign-in; every session ends")
        suspend.add_argument("login_name")
        suspend.add_argument("--because", required=True)
        grant = acts.add_parser("grant", help="the first of an office, for the province")
        grant.add_argument("login_name")
        grant.add_argument("role", choices=FIRST)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what is to be done next."""
        now = clock.now()
        acts = {"invite": self._invite, "suspend": self._suspend, "grant": self._grant}
        try:
            acts[options["act"]](options, now)
        except DomainError as refused:
            raise CommandError(f"{refused.code}: {refused.zh} {refused.en}") from refused

    def _invite(self, options: dict[str, Any], now: datetime) -> None:
        person = people.enrol(options["phone"], now)
        link = officers.invite(
            person, login_name=options["login_name"], name=options["name"], now=now
        )
        self.stdout.write(f"/console/enrol?link={link}")
        self.stderr.write("24 小时内有效,只能用一次。Good for 24 hours, once.")

    def _suspend(self, options: dict[str, Any], now: datetime) -> None:
        officer = officers.by_login_name(options["login_name"])
        officers.suspend(officer, because=options["because"], now=now)
        self.stdout.write(f"{officer.login_name} is suspended")

    def _grant(self, options: dict[str, Any], now: datetime) -> None:
        person, role = officers.by_login_name(options["login_name"]).person, options["role"]
        if RoleGrant.objects.filter(role=role, pool=None, valid_until=None).exists():
            raise CommandError("somebody holds it: two officers give roles, at /console/roles")
        people.grant(person, role, pool=None, granted_by=None, now=now)
        self.stdout.write(f"{options['login_name']} is {role} for the province")
