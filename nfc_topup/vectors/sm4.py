"""Compares the recorded SM4 numbers with ours, through a vault that works SM4 keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nfc_topup.vault import sm4
from nfc_topup.vault.port import Mac1Refused, Vault
from nfc_topup.vectors import reading
from nfc_topup.vectors.bench import LOAD_KEY, TAC_KEY
from nfc_topup.vectors.reading import IssuerKeys
from nfc_topup.vectors.report import Report

Sm4VaultMaker = Callable[[IssuerKeys], Vault]

UNCHECKED = "sm4 section NOT checked: a token over PKCS#11 has no SM4, only the software vault has"


def check_sm4(listed: object, make_vault: Sm4VaultMaker, report: Report) -> None:
    """Every recorded set: the card's keys, the session key, MAC1, MAC2 and TAC, and that a changed
    MAC1 or TAC is refused."""
    sets = listed if isinstance(listed, list) else [listed]
    for position, one in enumerate(sets, 1):
        if not isinstance(one, dict) or not isinstance(one.get("diversification"), dict):
            raise reading.Unreadable("an sm4 set names its diversification")
        _check(one, one["diversification"], make_vault, report, f"sm4 {position}")


def _check(
    given: Mapping[str, object],
    spread: Mapping[str, object],
    make_vault: Sm4VaultMaker,
    report: Report,
    name: str,
) -> None:
    masters, factor = _masters(spread), _needed(spread, "factor", sm4.HALF)
    for key_name, master in (("DLK", masters.load), ("DTK", masters.tac)):
        ours = sm4.diversify(master, [factor]).hex().upper()
        report.compare("keys", name, key_name, ours, _needed(spread, key_name, 16).hex().upper())
    session_input = _needed(given, "session_key_input", sm4.BLOCK)[: sm4.HALF]
    session = sm4.session_key(sm4.diversify(masters.load, [factor]), session_input)
    told = _needed(given, "session_key", 16)
    report.compare("keys", name, "session_key", session.hex().upper(), told.hex().upper())
    _check_macs(given, (factor,), session_input, make_vault(masters), report, name)


def _check_macs(
    given: Mapping[str, object],
    levels: tuple[bytes, ...],
    session_input: bytes,
    vault: Vault,
    report: Report,
    name: str,
) -> None:
    mac1, message = _needed(given, "mac1", 4), _needed(given, "mac1_input")
    mac2_message = _needed(given, "mac2_input")
    asked = (LOAD_KEY, levels, session_input, message)
    report.compare("MAC1", name, "mac1", vault.verify_mac1(*asked, mac1), True)
    report.compare("MAC1", name, "MAC1 changed", vault.verify_mac1(*asked, _other(mac1)), False)
    ours = vault.authorise(*asked, mac1, mac2_message)
    shown = "refused" if isinstance(ours, Mac1Refused) else ours.hex().upper()
    report.compare("MAC2", name, "mac2", shown, _needed(given, "mac2", 4).hex().upper())
    refused = isinstance(vault.authorise(*asked, _other(mac1), mac2_message), Mac1Refused)
    report.compare("MAC2", name, "MAC2 after a changed MAC1 is refused", refused, True)
    tac, told = _needed(given, "tac_with_whole_DTK", 4), _needed(given, "tac_input")
    report.compare("TAC", name, "tac", vault.verify_tac(TAC_KEY, levels, told, tac), True)
    other = vault.verify_tac(TAC_KEY, levels, told, _other(tac))
    report.compare("TAC", name, "TAC changed", other, False)


def _masters(spread: Mapping[str, object]) -> IssuerKeys:
    return IssuerKeys(load=_needed(spread, "MLK", 16), tac=_needed(spread, "MTK", 16))


def _needed(given: Mapping[str, object], name: str, length: int | None = None) -> bytes:
    found = reading.octets(given, name, length)
    if found is None:
        raise reading.Unreadable(f"{name} is missing")
    return found


def _other(mac: bytes) -> bytes:
    return bytes((mac[0] ^ 1,)) + mac[1:]
