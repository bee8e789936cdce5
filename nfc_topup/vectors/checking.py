"""Checks a whole file of recorded exchanges; a file that verifies nothing does not pass."""

from __future__ import annotations

import json
from collections.abc import Mapping

from accounts.errors import DomainError
from nfc_topup.vault import algorithms
from nfc_topup.vectors import numbers, reading, sm4
from nfc_topup.vectors.bench import Bench, VaultMaker
from nfc_topup.vectors.reading import IssuerKeys
from nfc_topup.vectors.replay import Replay
from nfc_topup.vectors.report import Report
from nfc_topup.vectors.told import check_told

FILE = "file"


def check_text(
    text: str, make_vault: VaultMaker, make_sm4_vault: VaultMaker | None = None
) -> Report:
    """Replay every exchange and compare every number; never raises for what the text holds.

    Without a vault that works SM4 the report says plainly that its numbers were not checked.
    """
    report = Report()
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        report.differ(FILE, "JSON", "unreadable", "text")
        return report
    if not isinstance(whole, dict):
        report.differ(FILE, "JSON", "an object wanted", type(whole).__name__)
        return report
    default = whole.get("default_keys")
    exchanges = whole.get("exchanges")
    if not isinstance(exchanges, list) or not exchanges:
        report.differ(FILE, "exchanges", "at least one wanted", "none")
        exchanges = []
    for position, exchange in enumerate(exchanges, 1):
        _check_exchange(exchange, position, default, make_vault, report)
    try:
        numbers.check_published(whole.get("published_numbers"), default, report)
    except (ValueError, KeyError, DomainError) as wrong:
        report.differ(FILE, "published_numbers", f"unreadable: {wrong}", "text")
    if whole.get("sm4"):
        _check_sm4(whole["sm4"], make_sm4_vault, report)
    if not report.compared["MAC1"] + report.compared["TAC"]:
        report.differ(FILE, "exchanges", "no MAC was checked", "a file of exchanges")
    return report


def _check_sm4(listed: object, make_vault: VaultMaker | None, report: Report) -> None:
    if make_vault is None:
        report.notes.append(sm4.UNCHECKED)
        return
    try:
        sm4.check_sm4(listed, make_vault, report)
        report.notes.append("sm4 section checked: experimental, no SM4 card was ever seen")
    except (ValueError, KeyError, TypeError, DomainError) as wrong:
        report.differ(FILE, "sm4", f"unreadable: {wrong}", "text")


def _check_exchange(
    exchange: object, position: int, default: object, make_vault: VaultMaker, report: Report
) -> None:
    if not isinstance(exchange, dict):
        report.differ(FILE, f"exchange {position}", "an object wanted", type(exchange).__name__)
        return
    name = str(exchange.get("id") or f"exchange {position}")
    before = report.compared.total()
    try:
        _replay(exchange, default, make_vault, report, name)
    except (ValueError, KeyError, TypeError, DomainError) as wrong:
        report.differ(name, "exchange", f"unreadable: {wrong}", "text")
    if report.compared.total() == before:
        report.differ(name, "exchange", "nothing to compare", "an exchange")
    report.compared["exchanges"] += 1


def _replay(
    exchange: Mapping[str, object],
    default: object,
    make_vault: VaultMaker,
    report: Report,
    name: str,
) -> None:
    own, issuer = reading.keys_of(exchange, default)
    if own is not None and issuer is not None:
        numbers.check_diversification(exchange, own, issuer, report, name)
    keys = issuer or own
    bench = Bench(make_vault(keys), keys.levels) if keys is not None else None
    entries = reading.entries(exchange.get("values"))
    replay = Replay(
        name=name,
        report=report,
        bench=bench,
        entries=entries,
        levels=keys.levels if keys is not None else (),
    )
    replay.run(exchange.get("apdus"))
    _check_values(entries, bench, own or _found(issuer), report, name)
    check_told(entries, exchange.get("apdus"), report, name)


def _check_values(
    entries: list[Mapping[str, object]],
    bench: Bench | None,
    own: IssuerKeys | None,
    report: Report,
    name: str,
) -> None:
    for entry in entries:
        load = numbers.load_in(entry, numbers.kind_in(entry))
        if load is not None and bench is not None:
            numbers.check_entry(entry, load, bench, own, report, name)
        elif set(entry) & {"mac2", "mac1_reference", "tac_reference"}:
            report.differ(name, "values", "cannot be computed: a part is missing", sorted(entry))


def _found(issuer: IssuerKeys | None) -> IssuerKeys | None:
    """The card's own keys, found from the issuer's."""
    if issuer is None:
        return None
    return IssuerKeys(
        load=algorithms.diversify(issuer.load, issuer.levels),
        tac=algorithms.diversify(issuer.tac, issuer.levels),
    )
