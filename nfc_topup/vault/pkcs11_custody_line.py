"""Ceremonies over the line to a vault process: the house's side, and how the process reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from nfc_topup.vault.custody import Arrived, Wanted
from nfc_topup.vault.custody_port import Export, Pair, Under
from nfc_topup.vault.errors import VaultMisconfigured
from nfc_topup.vault.key_block_header import Demand, Header
from nfc_topup.vault.pkcs11_pool import Pool, PoolLimits
from nfc_topup.vault.pkcs11_wire import TokenSettings, ref_of
from nfc_topup.vault.port import KeyRef, Purpose

LIMITS = PoolLimits(processes=1, answer_ms=60_000)
"""Making a pair of 3072 bits may take a token a while."""


class TokenCustody:
    """See custody_port.CustodyVault: one vault process of its own, which ends with the `with`."""

    def __init__(self, settings: TokenSettings) -> None:
        self.home = settings.token
        self._pool = Pool(settings, LIMITS, may_write=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.close()

    def open_pair(self, ceremony: UUID) -> Pair:
        """See custody_port.CustodyVault."""
        told = self._ask("open_pair", ceremony=str(ceremony))
        return Pair(ceremony=ceremony, public=bytes.fromhex(told))

    def weigh(self, pair: Pair, number: int, sealed: bytes, algorithm: str, rule: str) -> str:
        """See custody_port.CustodyVault."""
        told: str = self._ask(
            "weigh",
            ceremony=str(pair.ceremony),
            number=number,
            sealed=sealed.hex(),
            algorithm=algorithm,
            rule=rule,
        )
        return told

    def bring(
        self, pair: Pair, sealed: Sequence[bytes], wanted: Wanted, export: Export | None
    ) -> Arrived:
        """See custody_port.CustodyVault."""
        told = self._ask(
            "bring",
            ceremony=str(pair.ceremony),
            sealed=[part.hex() for part in sealed],
            wanted=asdict(wanted),
            export=None if export is None else asdict(export),
        )
        return Arrived(fingerprint=told["fingerprint"], block=told["block"])

    def bring_block(self, text: str, under: Under, demand: Demand, wanted: Wanted) -> Arrived:
        """See custody_port.CustodyVault. The pair that it unwraps under lives for this act."""
        told = self._ask(
            "bring_block",
            text=text,
            under=asdict(under),
            demand=asdict(demand),
            wanted=asdict(wanted),
        )
        return Arrived(fingerprint=told["fingerprint"])

    def close_pair(self, ceremony: UUID) -> None:
        """See custody_port.CustodyVault."""
        self._ask("close_pair", ceremony=str(ceremony))

    def open_pairs(self) -> list[UUID]:
        """See custody_port.CustodyVault."""
        return [UUID(text) for text in self._ask("open_pairs")]

    def destroy(self, ref: KeyRef) -> None:
        """See custody_port.CustodyVault."""
        self._ask("destroy", ref=asdict(ref))

    def newest(self, ref: KeyRef) -> int:
        """See custody_port.CustodyVault."""
        found = [one for label in self._pool.ask({"ask": "held"}) if (one := ref_of(label))]
        same = [
            one.version for one in found if (one.purpose, one.index) == (ref.purpose, ref.index)
        ]
        return max(same, default=0)

    def _ask(self, act: str, **words: Any) -> Any:
        return self._pool.ask({"ask": "custody", "act": act, **words})


def answer(session: Any, question: Mapping[str, Any]) -> Any:
    """What a vault process's session answers to one question of TokenCustody."""
    act = question["act"]
    if act == "open_pairs":
        return session.open_pairs()
    if act == "destroy":
        return session.destroy(_ref(question["ref"]))
    if act == "bring_block":
        return session.bring_block(
            question["text"],
            _under(question["under"]),
            _demand(question["demand"]),
            _wanted(question["wanted"]),
        )
    ceremony = UUID(question["ceremony"])
    if act == "open_pair":
        return session.open_pair(ceremony).hex()
    if act == "close_pair":
        return session.close_pair(ceremony)
    if act == "weigh":
        sealed = bytes.fromhex(question["sealed"])
        return session.weigh(
            ceremony, int(question["number"]), sealed, question["algorithm"], question["rule"]
        )
    if act == "bring":
        parts = [bytes.fromhex(part) for part in question["sealed"]]
        return session.bring(
            ceremony, parts, _wanted(question["wanted"]), _export(question["export"])
        )
    raise VaultMisconfigured("an act this vault process does not know", act=act)


def _ref(words: Mapping[str, Any]) -> KeyRef:
    return KeyRef(
        purpose=Purpose(words["purpose"]),
        index=int(words["index"]),
        version=int(words["version"]),
    )


def _wanted(words: Mapping[str, Any]) -> Wanted:
    return Wanted(
        ref=_ref(words["ref"]),
        algorithm=str(words["algorithm"]),
        check_rule=str(words["check_rule"]),
        check_value=str(words["check_value"]),
        own=bool(words["own"]),
    )


def _demand(words: Mapping[str, Any]) -> Demand:
    return Demand(
        usage=str(words["usage"]),
        algorithm=str(words["algorithm"]),
        modes=tuple(words["modes"]),
        exportabilities=tuple(words["exportabilities"]),
    )


def _under(words: Mapping[str, Any]) -> Under:
    return Under(ref=_ref(words["ref"]), algorithm=str(words["algorithm"]))


def _export(words: Mapping[str, Any] | None) -> Export | None:
    if words is None:
        return None
    head = words["header"]
    header = Header(
        version=head["version"],
        usage=head["usage"],
        algorithm=head["algorithm"],
        mode=head["mode"],
        exportability=head["exportability"],
    )
    return Export(under=_under(words["under"]), header=header)
