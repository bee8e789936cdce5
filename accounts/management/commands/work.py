"""`manage.py work`: the worker side of the house, supervised until it is told to stop."""

from __future__ import annotations

import os
import signal
import sys
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from accounts import queue_parts, schedules
from accounts.supervision import Crew, Part, die_with_parent


class Command(BaseCommand):
    """Supervises clusters of the queue and sweepers; runs as the worker role of the database."""

    help = "Do outstanding work: supervised queue clusters and sweepers. SIGTERM ends it cleanly."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--clusters", type=int, default=2, help="queue clusters (one worker each)"
        )
        parser.add_argument("--sweepers", type=int, default=1, help="sweepers")
        parser.add_argument("--sweep-every", type=float, default=2.0, help="seconds between sweeps")
        parser.add_argument("--part", choices=["cluster", "sweeper"], help="run one part only")
        parser.add_argument("--made-by", type=int, default=0, help="the supervisor's process id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the crew, or the one part of it that the supervisor asked for."""
        _become_worker()
        if options["made_by"]:
            die_with_parent(options["made_by"])
        if options["part"] == "cluster":
            queue_parts.run_cluster()
        elif options["part"] == "sweeper":
            queue_parts.run_sweeper(options["sweep_every"])
        else:
            self._supervise(options)

    def _supervise(self, options: dict[str, Any]) -> None:
        queue_parts.wait_for_database()
        schedules.registered()
        connection.close()
        parts = [
            _part("cluster", number, queue_parts.CLUSTER_PROCESSES, options)
            for number in range(1, options["clusters"] + 1)
        ]
        parts += [
            _part("sweeper", number, 1, options) for number in range(1, options["sweepers"] + 1)
        ]
        crew = Crew(parts=parts, silent=queue_parts.silent_parts)

        def stop(number: int, frame: FrameType | None) -> None:
            crew.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        self.stdout.write(
            f"working: {options['clusters']} clusters, {options['sweepers']} sweepers"
        )
        crew.run()


def _part(kind: str, number: int, processes: int, options: dict[str, Any]) -> Part:
    words = [sys.executable, sys.argv[0], "work", "--part", kind, "--made-by", str(os.getpid())]
    words += ["--sweep-every", str(options["sweep_every"])]
    return Part(name=f"{kind}-{number}", words=words, processes=processes)


def _become_worker() -> None:
    """Start this command again as a worker process when the settings were read as another's."""
    if getattr(settings, "GATEWAY_PROCESS", "worker") != "worker":
        os.environ["GATEWAY_PROCESS"] = "worker"
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606
