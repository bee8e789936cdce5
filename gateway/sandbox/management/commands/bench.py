"""Prints what journey, ledger and card keys cost, as ratios to a yardstick of the same run."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.table import Table

from accounts import clock
from accounts.models import Operator
from gateway.sandbox import bench, seed
from gateway.sandbox.neighbourhood import neighbour
from gateway.sandbox.neighbours.control import Neighbour
from nfc_topup.vault import bench as vault_bench
from nfc_topup.vault import sandbox_token
from reserve_funds.ledger import bench as ledger_bench

ROUNDS, QUICK_ROUNDS = 40, 5
BILL_ROWS, QUICK_BILL_ROWS = 1_000_000, 20_000


class Command(BaseCommand):
    """``bench [--quick] [--json FILE] [--large N]``; run it by ``script/bench``."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """How long, and where the figures go."""
        parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
        parser.add_argument("--json", metavar="FILE", help="also write the figures there")
        parser.add_argument(
            "--large", type=int, default=0, metavar="N", help="also beside N stored transfers"
        )
        parser.add_argument("--called-from", default=".")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measures, prints its tables, and writes the file when asked."""
        console = Console(width=110)
        with _wallet() as wallet_url:
            journey = bench.run(
                wallet_url=wallet_url, rounds=QUICK_ROUNDS if options["quick"] else ROUNDS
            )
        _show(
            console,
            "HTTP steps of a citizen's journey and of a kiosk's customer, CPU ms and p95 of all ms",
            journey,
        )
        ledger: dict[str, Any] = ledger_bench.run(quick=options["quick"], large=options["large"])
        rows = {
            name: {
                "ratio to TPC-B": ratio,
                "wanted": ledger["wanted"][name],
                "reached": "✓" if ledger["reached"][name] else "✗",
            }
            for name, ratio in ledger["ratio_to_tpcb"].items()
        }
        _show(console, "The ledger beside pgbench TPC-B", rows)
        if large := ledger.get("large"):
            beside = {
                name: {
                    "found": found,
                    "at most": large["wanted"].get(name, ""),
                    "reached": "✓" if large["reached"].get(name, True) else "✗",
                }
                for name, found in large["found"].items()
            }
            _show(console, f"The ledger beside {large['transfers']:,} transfers", beside)
        vault = _vault(options["quick"])
        _show(console, "Card keys beside one MAC by the bare primitive", vault)
        bill = _own_process("bill_bench", options["quick"])
        _show(console, "A channel's bill beside a bare COPY of its rows", {"bill": bill})
        matching = _own_process("matching_bench", options["quick"])
        _show(console, "Matching three sides beside a bare COPY of them", {"matching": matching})
        if options["json"]:
            file = Path(options["called_from"], options["json"])
            whole = {"journey": journey, "ledger": ledger, "vault": vault, "bill": bill}
            whole["matching"] = matching
            file.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def _wallet() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    now = clock.now()
    seed.give_card_keys(None, now)
    seed.open_books(now)
    operators = Operator.objects.all()
    one = neighbour(bench.CHANNEL)
    place = seed.place_of(one.channel)
    seed.introduce(operators, channel=one.channel, place=place, url=url, gateway_url=url, now=now)
    words = ["-m", one.program, "--state-dir", str(place)]
    process = subprocess.Popen([sys.executable, *words, "--port", str(port)])
    try:
        Neighbour(url).wait_until_ready()
        yield url
    finally:
        process.kill()
        process.wait()


def _own_process(name: str, quick: bool) -> dict[str, Any]:
    """In a process of its own, so that its peak memory is its own."""
    rows = QUICK_BILL_ROWS if quick else BILL_ROWS
    words = [sys.executable, "manage.py", name, "--rows", str(rows)]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _vault(quick: bool) -> dict[str, dict[str, Any]]:
    """Both vaults; the hardware's part is played by a SoftHSM2 token of the sandbox."""
    sandbox_token.make_token(settings.DATA_DIR)
    return vault_bench.run(quick, sandbox_token.token_settings(settings.DATA_DIR))


def _show(console: Console, title: str, figures: Mapping[str, Mapping[str, Any]]) -> None:
    columns = list(next(iter(figures.values())))
    table = Table("what", *columns, title=title, title_justify="left", box=None)
    for name, row in figures.items():
        table.add_row(name, *(str(row[column]) for column in columns))
    console.print(table)
