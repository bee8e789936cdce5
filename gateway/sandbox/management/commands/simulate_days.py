"""Lets ninety days pass for a province with injected faults; prints recall, precision and time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from accounts import clock
from gateway.sandbox.ninety_days import days, report
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.custody.coverage import figures

_FIRST_POOL = 1


class Command(BaseCommand):
    """``simulate_days [--days 90] [--pools 28] [--times 100] [--first DAY] [--report FOLDER]``.

    Needs a data directory of its own: it moves pools' days into the future.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much, from which seed, and where the report goes."""
        parser.add_argument("--days", type=int, default=90, help="business days in all")
        parser.add_argument("--pools", type=int, default=28)
        parser.add_argument("--times", type=int, default=100, help="each kind of fault, at least")
        parser.add_argument("--seed", type=int, default=20_261_122)
        parser.add_argument(
            "--first", type=date.fromisoformat, metavar="DAY", help="today (as it is) or later"
        )
        parser.add_argument("--processes", type=int, default=2)
        parser.add_argument("--report", type=Path, metavar="FOLDER")
        parser.add_argument("--part", nargs=2, type=int, metavar=("FIRST_POOL", "POOLS"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs the parts in processes of their own, and tells them as one."""
        if options["days"] <= days.SETTLING:
            raise CommandError(f"at least {days.SETTLING + 1} days: faults take that long to end")
        if options["first"] and options["first"] < clock.business_day(clock.now()):
            raise CommandError("what is simulated lies ahead: the book stamps with this clock")
        if options["part"]:
            self._part(options)
            return
        self._refuse_a_lived_in_book()
        whole = report.merged(_in_processes(options))
        _show(whole)
        if options["report"]:
            options["report"].mkdir(parents=True, exist_ok=True)
            told = json.dumps(whole, ensure_ascii=False, indent=2)
            (options["report"] / "ninety-days.json").write_text(f"{told}\n", encoding="utf-8")
            (options["report"] / "ninety-days.html").write_text(
                report.page(whole), encoding="utf-8"
            )
        if not whole["is_perfect"]:
            raise CommandError("the simulation found something that is not as it must be")

    def _refuse_a_lived_in_book(self) -> None:
        if CustodyAccount.objects.exists() or figures.everywhere():
            raise CommandError(
                "this book is lived in; give the simulation a GATEWAY_DATA_DIR of its own"
            )

    def _part(self, options: dict[str, Any]) -> None:
        first, pools = options["part"]
        now = clock.now()
        outcome = days.run(
            range(first, first + pools),
            days=options["days"] - days.SETTLING,
            times=options["times"],
            seed=options["seed"],
            first=options["first"] or clock.business_day(now),
            now=now,
            on_day=self._tell,
        )
        self.stdout.write(json.dumps(report.facts(outcome), ensure_ascii=False))

    def _tell(self, day: date, _number: int) -> None:
        self.stdout.write(day.isoformat())
        self.stdout.flush()


def _in_processes(options: dict[str, Any]) -> list[dict[str, Any]]:
    """Pools by processes; what each says last is its part of the report."""
    processes = max(1, min(options["processes"], options["pools"]))
    shares = [len(range(at, options["pools"], processes)) for at in range(processes)]
    firsts = [_FIRST_POOL + sum(shares[:at]) for at in range(processes)]
    with (
        Progress(
            TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=_console()
        ) as bar,
        tempfile.TemporaryFile() as log,
    ):
        started = []
        for first, pools in zip(firsts, shares, strict=True):
            seed = options["seed"] + first
            words = [sys.executable, "manage.py", "simulate_days", "--part", str(first),
                     str(pools), "--days", str(options["days"]), "--seed", str(seed),
                     "--times", str(-(-options["times"] // processes))]  # fmt: skip
            if options["first"]:
                words += ["--first", options["first"].isoformat()]
            child = subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ}
            )
            task = bar.add_task(f"pools {first}-{first + pools - 1}", total=options["days"])
            started.append((child, task))
        parts = [""] * len(started)
        for at, (child, task) in enumerate(started):
            assert child.stdout is not None
            for line in child.stdout:
                parts[at] = line
                bar.update(task, advance=1)
            if child.wait():
                log.seek(0)
                raise CommandError(log.read().decode()[-2_000:])
    return [json.loads(part) for part in parts]


def _show(whole: dict[str, Any]) -> None:
    console = _console()
    names = ("fault", "relation", "found_as", "injected", "found", "ended")
    table = Table(*names, "recall", "precision", "how", title="Ninety days", box=None)
    for row in whole["rows"]:
        how = ", ".join(f"{name} {times}" for name, times in row["how"].items())
        rates = (f"{row['recall']:.3f}", f"{row['precision']:.3f}")
        table.add_row(*(str(row[name]) for name in names), *rates, how)
    console.print(table)
    for name, share in whole["share_of_time"].items():
        console.print(f"{name:>14} {whole['seconds'][name]:>9.1f} s {share:>6.1%}")
    for one in [*whole["not_green"], *whole["false_alarms"], *whole["unended"]][:40]:
        console.print(one, style="red")
    console.print(report.picture(whole))


def _console() -> Console:
    return Console(width=132)
