"""What a replay knows of the loads in an exchange: sessions, credits, balances, their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest

from nfc_topup.card import purse
from nfc_topup.card.apdu import Answer, Command
from nfc_topup.card.errors import CardAnswerUnreadable
from nfc_topup.card.purse import Challenge, LogRecord, Proof, Purse
from nfc_topup.vectors import numbers, reading
from nfc_topup.vectors.bench import Bench, Load
from nfc_topup.vectors.report import Report

UNDER_NO_MAC = (6, 7)  # key version and algorithm in INITIALIZE's answer
AMOUNT_BITS = 0x7FFFFFFF


@dataclass(slots=True, kw_only=True)
class Session:
    """One INITIALIZE and what follows it. `mac1` is one that verifies, None when there is none."""

    load: Load
    entry: Mapping[str, object]
    mac1: bytes | None
    honest: bool
    digits: str | None = None


@dataclass(slots=True, kw_only=True)
class LoadTalk:
    """The loads of one exchange."""

    name: str
    report: Report
    bench: Bench | None
    entries: list[Mapping[str, object]]
    used: list[int] = field(default_factory=list)
    session: Session | None = None
    last: Session | None = None
    credits: list[Session] = field(default_factory=list)
    torn: bool = False
    balances: dict[Purse, set[int]] = field(default_factory=dict)

    def power_lost(self) -> None:
        """The session is gone."""
        self.session = None

    def session_over(self) -> None:
        """Another application or command took over."""
        self.session = None

    def forget_balances(self) -> None:
        """Something happened that loading does not understand."""
        self.balances.clear()
        self.torn = True

    def challenged(
        self, kind: Purse, sent: bytes, challenge: Challenge, flip: int | None, where: str
    ) -> Command:
        """Check an answer to INITIALIZE against its values; the command that we would have sent."""
        _, amount, terminal = numbers.amount_and_terminal(sent)
        entry = self._entry_of(challenge, flip)
        told_amount = reading.number(entry, "amount")
        told_terminal = reading.octets(entry, "terminal", 6)
        told_index = reading.number(entry, "key_index", 0xFF)
        seen = Load(
            balance_raw=challenge.balance_raw,
            counter=challenge.counter,
            card_random=challenge.card_random,
            amount_fen=amount,
            purse=kind,
            terminal=terminal,
        )
        known = numbers.load_in(entry, kind) or seen
        self._compare_answer(entry, challenge, flip, where)
        honest = self._judge_mac1(entry, seen, challenge, flip, where)
        reference = reading.octets(entry, "mac1_reference", 4) or challenge.mac1
        self.session = self.last = Session(
            load=known if entry else seen,
            entry=entry,
            mac1=reference,
            honest=honest,
        )
        if flip is None:
            self.balance_shows(kind, challenge.balance_raw, where)
        return purse.initialize_for_load(
            kind,
            key_index=1 if told_index is None else told_index,
            amount_fen=amount if told_amount is None else told_amount,
            terminal=told_terminal or terminal,
        )

    def our_credit(self, sent: bytes) -> Command | None:
        """The CREDIT we would send now, None when we would send none."""
        session = self.session
        if session is None or not session.honest or session.mac1 is None or self.bench is None:
            return None
        digits = reading.digits(session.entry) or sent[:7].hex()
        session.digits = digits
        if not digits.isdecimal() or len(digits) != 14:
            return None
        mac2 = self.bench.mac2(session.load, session.mac1, digits)
        self.report.compared["MAC2"] += 1
        return None if mac2 is None else purse.credit_for_load(digits, mac2)

    def credited(self, tac: bytes, flip: int | None, where: str) -> None:
        """A CREDIT like ours was answered with a TAC."""
        session, self.session = self.session, None
        assert session is not None and session.digits is not None and self.bench is not None  # noqa: PT018
        told = reading.octets(session.entry, "tac_card", 4)
        reference = reading.octets(session.entry, "tac_reference", 4)
        recorded = told or reference
        if recorded is not None:
            shown = f"{where} TAC"
            self.report.compare("TAC", self.name, shown, tac.hex().upper(), recorded.hex().upper())
        expected = flip is None or flip > 3
        if reference is not None:
            expected = compare_digest(tac, reference)
        verdict = self.bench.tac_verifies(session.load, session.digits, tac)
        self.report.compare("TAC", self.name, f"{where} TAC verdict", verdict, expected)
        self.credits.append(session)
        load = session.load
        self.balances[load.purse] = {load.new_balance_raw & AMOUNT_BITS}

    def credit_torn(self) -> None:
        """A CREDIT like ours went out and the power was lost: both balances are possible."""
        session, self.session = self.session, None
        assert session is not None
        self.torn = True
        load = session.load
        self.balances[load.purse] = {
            load.balance_raw & AMOUNT_BITS,
            load.new_balance_raw & AMOUNT_BITS,
        }

    def balance_shows(self, kind: Purse, raw: int, where: str) -> None:
        """A balance is shown: one that the status words before it allow."""
        shown, possible = raw & AMOUNT_BITS, self.balances.get(kind)
        if possible is not None:
            ours = shown if shown in possible else " or ".join(map(str, sorted(possible)))
            self.report.compare("balances", self.name, f"{where} balance", ours, shown)
        self.balances[kind] = {shown}

    def log_shows(self, position: int, record: LogRecord, where: str) -> None:
        """A log record is shown: the load we know to be there, while nothing else can be."""
        if self.torn or position > len(self.credits):
            return
        session = self.credits[-position]
        load = session.load
        ours = (load.amount_fen, int(load.purse), load.terminal.hex(), session.digits)
        told = (record.amount_fen, record.type, record.terminal.hex(), record.digits)
        self.report.compare("log records", self.name, f"{where} log", ours, told)
        near = record.counter - load.counter in (0, 1)
        self.report.compare("log records", self.name, f"{where} log counter", near, True)

    def last_counter(self, kind: Purse) -> int | None:
        """The counter of the newest load that could be proved."""
        for session in [*([self.last] if self.last else []), *reversed(self.credits)]:
            if session.load.purse is kind:
                return self._in_question(session).load.counter
        return None

    def proved(self, proof: Proof, answer: Answer, flip: int | None, where: str) -> None:
        """A proof was given: it must be the TAC of the load in question."""
        assert self.last is not None
        session = self._in_question(self.last)
        told = session.entry.get("proof")
        if isinstance(told, str):
            shown = answer.to_bytes().hex().upper()
            self.report.compare("TAC", self.name, f"{where} proof", shown, told.upper())
        digits = session.digits or reading.digits(session.entry)
        if digits is None or self.bench is None:
            raise CardAnswerUnreadable("a proof for a load that nobody credited")
        verdict = self.bench.tac_verifies(session.load, digits, proof.tac)
        expected = flip is None or flip not in range(4, 8)
        self.report.compare("TAC", self.name, f"{where} proof verdict", verdict, expected)

    def _in_question(self, session: Session) -> Session:
        """The newest load that CREDIT was sent for, else the one that was initialized."""
        if session.digits is not None or not self.credits:
            return session
        return self.credits[-1]

    def _entry_of(self, challenge: Challenge, flip: int | None) -> Mapping[str, object]:
        """The values recorded for this answer: same card random, or next in order when flipped."""
        free = [at for at in range(len(self.entries)) if at not in self.used]
        for at in free:
            nonce = reading.octets(self.entries[at], "card_random", 4)
            if nonce == challenge.card_random:
                self.used.append(at)
                return self.entries[at]
        if free and (flip is not None or "card_random" not in self.entries[free[0]]):
            self.used.append(free[0])
            return self.entries[free[0]]
        return {}

    def _compare_answer(
        self, entry: Mapping[str, object], challenge: Challenge, flip: int | None, where: str
    ) -> None:
        seen = challenge.to_bytes()
        whole = bytearray(seen)
        if flip is not None and flip < len(seen):
            whole[flip] ^= 0xFF
        before = purse.parse_challenge(bytes(whole))
        for name, told in _told_of_answer(entry).items():
            shown = {_field(challenge, name), _field(before, name)}
            ours = told if told in shown else _field(challenge, name)
            self.report.compare("answers", self.name, f"{where} {name}", ours, told)

    def _judge_mac1(
        self,
        entry: Mapping[str, object],
        seen: Load,
        challenge: Challenge,
        flip: int | None,
        where: str,
    ) -> bool:
        if self.bench is None:
            self.report.differ(self.name, where, "no keys to check MAC1 with", "an answer")
            return False
        if challenge.algorithm != 0x00 and flip != UNDER_NO_MAC[1]:
            self.report.differ(
                self.name, where, "3DES only", f"algorithm {challenge.algorithm:02X}"
            )
        verdict = self.bench.mac1_verifies(seen, challenge.mac1)
        told = reading.octets(entry, "mac1_card", 4)
        reference = reading.octets(entry, "mac1_reference", 4)
        expected = flip is None or flip in UNDER_NO_MAC or flip > 15
        if expected and reference is not None:
            expected = (told or challenge.mac1) == reference
        self.report.compare("MAC1", self.name, f"{where} MAC1 verdict", verdict, expected)
        return verdict


def _told_of_answer(entry: Mapping[str, object]) -> dict[str, object]:
    told: dict[str, object] = {
        "old_balance": reading.number(entry, "old_balance"),
        "online_counter": reading.counter(entry),
        "key_version": reading.octets(entry, "key_version", 1),
        "algorithm": reading.octets(entry, "algorithm", 1),
        "card_random": reading.octets(entry, "card_random", 4),
        "mac1_card": reading.octets(entry, "mac1_card", 4),
    }
    return {name: value for name, value in told.items() if value is not None}


def _field(challenge: Challenge, name: str) -> object:
    return {
        "old_balance": challenge.balance_raw,
        "online_counter": challenge.counter,
        "key_version": bytes((challenge.key_version,)),
        "algorithm": bytes((challenge.algorithm,)),
        "card_random": challenge.card_random,
        "mac1_card": challenge.mac1,
    }[name]
