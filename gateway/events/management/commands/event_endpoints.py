"""Endpoints of outgoing events: list, given-up, and what an officer does with them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock, people
from accounts.errors import DomainError
from gateway.events import endpoints, queries

MOST = 200


class Command(BaseCommand):
    """`event_endpoints list`, or an act with `--officer ID`, which the trail keeps."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """One word for what to do, and what that needs."""
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list")
        acts.add_parser("given-up")
        new = acts.add_parser("add")
        _officer(new)
        new.add_argument("--subscriber", required=True, help="operator:CODE or app:NAME")
        new.add_argument("--url", required=True)
        new.add_argument("--kind", action="append", default=[], help="none: every kind")
        new.add_argument("--operator", action="append", default=[], help="of an app; none: all")
        for act in ("prove", "pause", "resume", "retire"):
            word = acts.add_parser(act)
            word.add_argument("endpoint", type=UUID)
            _officer(word)
            if act != "prove":
                word.add_argument("--because", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Does it, and says how every endpoint stands then."""
        try:
            self._act(options)
        except DomainError as error:
            raise CommandError(str(error)) from error
        if options["act"] == "given-up":
            for left in queries.given_up()[:MOST]:
                self.stdout.write(
                    f"{left.event_id} {left.event.kind} {left.event.happened_at.isoformat()} to "
                    f"{left.endpoint_id}: {left.attempts} attempts, last "
                    f"{left.last_code} {left.last_status or ''}".rstrip()
                )
            return
        for row in queries.standing():
            self.stdout.write(_line(row))

    def _act(self, options: dict[str, Any]) -> None:
        act, now = options["act"], clock.now()
        if act in ("list", "given-up"):
            return
        officer = people.get(options["officer"])
        if act == "add":
            endpoints.add(
                subscriber=options["subscriber"],
                url=options["url"],
                kinds=options["kind"],
                operators=options["operator"],
                officer=officer,
                now=now,
            )
        elif act == "prove":
            endpoints.prove(options["endpoint"], officer=officer, now=now)
        else:
            move = {
                "pause": endpoints.pause,
                "resume": endpoints.resume,
                "retire": endpoints.retire,
            }[act]
            move(options["endpoint"], because=options["because"], officer=officer, now=now)


def _line(row: queries.Standing) -> str:
    one = row.endpoint
    rests = f", resting until {one.resting_until:%m-%d %H:%M}" if one.resting_until else ""
    return (
        f"{one.pk} {one.state} {one.subscriber} {one.url} kinds {' '.join(one.kinds) or 'all'}, "
        f"pools {one.pools or 'all'}: waiting {row.waiting}, delivered {row.delivered}, "
        f"given up {row.given_up}{rests}"
    )


def _officer(parser: ArgumentParser) -> None:
    parser.add_argument("--officer", type=UUID, required=True, help="the person's id")
