"""Replays one recorded exchange, command by command, and compares what we would have said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nfc_topup.card import purse, status_words
from nfc_topup.card.apdu import TORN, Answer, Command, parse_answer, parse_command, parse_hex
from nfc_topup.card.errors import CardAnswerUnreadable
from nfc_topup.card.profiles import PROFILES, TUNION_AID, CardProfile, by_aid
from nfc_topup.card.purse import Purse
from nfc_topup.vectors import reading
from nfc_topup.vectors.bench import Bench
from nfc_topup.vectors.report import Report
from nfc_topup.vectors.talk import LoadTalk

FIXED_PINS = tuple(bytes.fromhex(pin) for pin in ("123456", "313233343536", "1122334455667788"))
OTHER_VALUES = 0x05  # P1 of GET BALANCE for what is no purse balance (16 bytes, one card)
RID_LENGTH = 5  # the part of an AID that names the provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recorded command and its answer; `answer` None when the power was lost."""

    command: Command
    sent: bytes
    answer: Answer | None
    where: str

    @property
    def refused(self) -> bool:
        """Whether the card answered with an error."""
        return self.answer is not None and not self.answer.ok

    @property
    def ok(self) -> bool:
        """Whether the card carried the command out and said so."""
        return self.answer is not None and self.answer.ok


@dataclass(slots=True, kw_only=True)
class Replay:
    """One exchange under way."""

    name: str
    report: Report
    bench: Bench | None
    entries: list[Mapping[str, object]]
    levels: tuple[bytes, ...] = ()
    talk: LoadTalk = field(init=False)
    profile: CardProfile = field(init=False)
    flip: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.profile = PROFILES["tunion"]
        self.talk = LoadTalk(
            name=self.name, report=self.report, bench=self.bench, entries=self.entries
        )

    def run(self, apdus: object) -> None:
        """Replay all commands; nothing recorded is a difference."""
        if not isinstance(apdus, list):
            raise reading.Unreadable("apdus is not a list")
        for position, entry in enumerate(apdus, 1):
            if not isinstance(entry, dict):
                raise reading.Unreadable(f"apdu {position} is not an object")
            if isinstance(entry.get("ctl"), str):
                self._control(entry["ctl"])
            else:
                self._step(entry, position)

    def _control(self, text: str) -> None:
        word, _, argument = text.strip().partition(" ")
        if word == "!flip" and argument.isdecimal():
            self.flip = int(argument)
        elif word == "!reset":
            self.talk.power_lost()
        elif word not in ("!tear-before", "!tear-after"):
            self.talk.forget_balances()

    def _step(self, entry: Mapping[str, object], position: int) -> None:
        said = str(entry.get("r"))
        where = f"apdu {position} {entry.get('c')}"
        try:
            answer = None if said == TORN else parse_answer(parse_hex(said))
            sent = parse_hex(str(entry.get("c")))
        except CardAnswerUnreadable as wrong:
            self.report.differ(self.name, where, wrong.message, said)
            return
        self._know_status_word(sent, answer, where)
        try:
            command = parse_command(sent)
        except CardAnswerUnreadable as wrong:
            if answer is None or answer.ok:
                self.report.differ(self.name, where, wrong.message, said)
            return
        recorded = Recorded(command=command, sent=sent, answer=answer, where=where)
        flip, self.flip = self.flip, None
        try:
            self._take(recorded, flip)
        except CardAnswerUnreadable as wrong:
            self.report.differ(self.name, where, wrong.message, said)
        if answer is None:
            self.flip = None
            self.talk.power_lost()

    def _know_status_word(self, sent: bytes, answer: Answer | None, where: str) -> None:
        """Every status word has a meaning, and only 9000 may mean that something was done."""
        if answer is None:
            return
        word = status_words.meaning(answer.sw, sent[1] if len(sent) > 1 else None)
        shown = f"{word.text} {word.en}"
        told = shown if word.known else f"{word.text} without a meaning"
        self.report.compare("status words", self.name, where, told, shown)

    def _take(self, recorded: Recorded, flip: int | None) -> None:
        command = recorded.command
        takers: dict[tuple[int, int], Callable[[Recorded, int | None], None]] = {
            (0x00, 0xA4): self._select,
            (0x00, 0x20): self._pin,
            (0x00, 0xB0): self._file,
            (0x00, 0xB2): self._log,
            (0x80, 0x5C): self._balance,
            (0x80, 0x50): self._initialize,
            (0x80, 0x52): self._credit,
            (0x80, 0x5A): self._prove,
        }
        take = takers.get((command.cla, command.ins))
        if take is None:
            self._foreign(recorded)
        else:
            take(recorded, flip)

    def _foreign(self, recorded: Recorded) -> None:
        """A command that loading never sends; it may have moved a balance."""
        self.report.compared["foreign commands"] += 1
        if not recorded.refused:
            self.talk.forget_balances()

    def like_ours(self, recorded: Recorded, *ours: Command) -> bool:
        """Compare a recorded command with what we would send; an answered error excuses it."""
        kind = "commands"
        self.report.compared[kind] += 1
        if recorded.refused or recorded.sent in [command.to_bytes() for command in ours]:
            return True
        shown = " or ".join(command.hex for command in ours) or "nothing"
        self.report.differ(self.name, recorded.where, shown, recorded.sent.hex().upper())
        return False

    def _select(self, recorded: Recorded, _flip: int | None) -> None:
        command = recorded.command
        aid = command.data
        profile = by_aid(aid)
        if profile is not None:
            self.like_ours(recorded, purse.select(aid))
        elif command.p1 == 0x04 and aid[:RID_LENGTH] in _PROVIDERS:
            self.like_ours(recorded, purse.select(TUNION_AID))
        else:
            self._foreign(recorded)
        if profile is not None and recorded.ok and profile is not self.profile:
            self.profile = profile
            self.talk.forget_balances()

    def _pin(self, recorded: Recorded, _flip: int | None) -> None:
        self.like_ours(recorded, *(purse.verify_pin(pin) for pin in FIXED_PINS))

    def _file(self, recorded: Recorded, flip: int | None) -> None:
        if recorded.command.p1 != 0x95:
            self._foreign(recorded)
            return
        if not self.like_ours(recorded, purse.read_file15()) or not recorded.ok:
            return
        assert recorded.answer is not None
        public = self.profile.parse_file15(recorded.answer.data)
        if self.levels and flip is None:
            told = [level.hex().upper() for level in self.levels]
            found = public.asn[-16:]
            ours = found if found in told else f"{found} (right 8 bytes of the ASN)"
            shown = found if found in told else "levels " + ", ".join(told)
            self.report.compare("keys", self.name, recorded.where, ours, shown)

    def _log(self, recorded: Recorded, flip: int | None) -> None:
        number = recorded.command.p1
        if recorded.command.p2 != 0xC4 or not 1 <= number <= purse.LOG_RECORDS:
            self._foreign(recorded)
        elif self.like_ours(recorded, purse.read_log_record(number)) and recorded.ok:
            assert recorded.answer is not None
            record = purse.parse_log_record(recorded.answer.data)
            if flip is None:
                self.talk.log_shows(number, record, recorded.where)

    def _balance(self, recorded: Recorded, flip: int | None) -> None:
        kind = _purse(recorded.command.p2)
        if recorded.command.p1 == OTHER_VALUES:
            self.report.compared["foreign commands"] += 1
        elif kind is None:
            self.like_ours(recorded, purse.get_balance(Purse.EP))
        elif self.like_ours(recorded, purse.get_balance(kind)) and recorded.ok:
            assert recorded.answer is not None
            raw = purse.parse_balance(recorded.answer.data)
            if flip is None:
                self.talk.balance_shows(kind, raw, recorded.where)

    def _initialize(self, recorded: Recorded, flip: int | None) -> None:
        kind = _purse(recorded.command.p2)
        if recorded.command.p1 != 0x00:
            self.talk.session_over()
            self._foreign(recorded)
        elif kind is None:
            self.like_ours(recorded)
        elif recorded.ok:
            assert recorded.answer is not None
            challenge = purse.parse_challenge(recorded.answer.data)
            ours = self.talk.challenged(
                kind, recorded.command.data, challenge, flip, recorded.where
            )
            self.like_ours(recorded, ours)
        elif not recorded.refused:
            self.like_ours(recorded, _rebuilt(kind, recorded.command.data))
        else:
            self.report.compared["commands"] += 1

    def _credit(self, recorded: Recorded, _flip: int | None) -> None:
        if recorded.refused:
            self.report.compared["commands"] += 1
            return
        ours = self.talk.our_credit(recorded.command.data)
        if not self.like_ours(recorded, *([ours] if ours else [])):
            self.talk.forget_balances()
            self.talk.session_over()
        elif recorded.answer is None:
            self.talk.credit_torn()
        else:
            tac = purse.parse_tac(recorded.answer.data)
            self.talk.credited(tac, _flip, recorded.where)

    def _prove(self, recorded: Recorded, flip: int | None) -> None:
        kind = _purse(recorded.command.p2)
        if kind is None:
            self._foreign(recorded)
            return
        last = self.talk.last_counter(kind)
        asked = () if last is None else self.profile.proof_counters(last)
        ours = [purse.get_transaction_prove(kind, one) for one in asked]
        if self.like_ours(recorded, *ours) and recorded.ok:
            assert recorded.answer is not None
            proof = purse.parse_proof(recorded.answer.data)
            self.talk.proved(proof, recorded.answer, flip, recorded.where)


_PROVIDERS = {profile.aid[:RID_LENGTH] for profile in PROFILES.values()}


def _purse(p2: int) -> Purse | None:
    return Purse(p2) if p2 in (Purse.ED, Purse.EP) else None


def _rebuilt(kind: Purse, data: bytes) -> Command:
    """What we would send for the amount and terminal of a command without recorded values."""
    amount, terminal = int.from_bytes(data[1:5], "big"), data[5:]
    if len(data) != 11:
        raise CardAnswerUnreadable("INITIALIZE FOR LOAD carries 11 bytes")
    return purse.initialize_for_load(kind, key_index=1, amount_fen=amount, terminal=terminal)
