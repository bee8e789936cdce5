"""Scripts of APDUs that a client pipes to the card, and the reading of what came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from nfc_topup.card import holder, purse, trips
from nfc_topup.card.apdu import TORN, Answer, Command, parse_answer, parse_hex
from nfc_topup.card.errors import CardAnswerUnreadable, TranscriptMismatch
from nfc_topup.card.profiles import CardProfile

LOG_RECORDS_ASKED = 3


class Act(StrEnum):
    """What a step is for."""

    SELECT = "select"
    FILE15 = "file15"
    BALANCE = "balance"
    PROVE = "prove"
    LOG = "log"
    PIN = "pin"
    INITIALIZE = "initialize"
    CREDIT = "credit"
    REGION = "region"
    TRIP = "trip"
    RIDE = "ride"


class Expect(StrEnum):
    """OK: stop at anything but 9000 and send what there is. ANY: go on whatever the card says."""

    OK = "9000"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of a script, with its meaning for people."""

    apdu_hex: str
    act: Act
    meaning: str
    meaning_zh: str
    expect: Expect


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A step and the card's answer; None when the card was gone (torn) or never asked."""

    step: Step
    answer: Answer | None
    torn: bool = False


def opening_script(
    profile: CardProfile, *, amount_fen: int, terminal: bytes, pin: bytes | None
) -> list[Step]:
    """SELECT, file 15, PIN, INITIALIZE; the answer to the last is the challenge."""
    steps = [_select(profile)]
    if profile.reads_file15:
        steps.append(_file15(Expect.OK))
    steps += _pin(pin, Expect.OK)
    steps.append(_initialize(profile, amount_fen, terminal))
    return steps


def credit_script(digits: str, mac2: bytes) -> list[Step]:
    """CREDIT FOR LOAD, nothing else: nothing may come between it and INITIALIZE."""
    return [
        _step(
            purse.credit_for_load(digits, mac2),
            Act.CREDIT,
            Expect.ANY,
            "credit the purse",
            "写入金额",
        )
    ]


def evidence_script(
    profile: CardProfile, *, counter: int, amount_fen: int, terminal: bytes, pin: bytes | None
) -> list[Step]:
    """Ask for the proof before anything that may erase it, and only then a fresh INITIALIZE.

    SELECT, file 15, GET BALANCE, GET TRANSACTION PROVE (N+1 then N, by profile), PIN, log records
    1 to 3 (some cards want the PIN first), INITIALIZE with the question's amount and terminal.
    """
    steps = [_select(profile)]
    if profile.reads_file15:
        steps.append(_file15(Expect.OK))
    balance = purse.get_balance(profile.purse)
    steps.append(_step(balance, Act.BALANCE, Expect.ANY, "read the balance", "读余额"))
    for asked in profile.proof_counters(counter):
        prove = purse.get_transaction_prove(profile.purse, asked)
        steps.append(_step(prove, Act.PROVE, Expect.ANY, "ask for the proof", "取交易凭证"))
    steps += _pin(pin, Expect.ANY)
    steps += _log(LOG_RECORDS_ASKED)
    steps.append(_initialize(profile, amount_fen, terminal))
    return steps


def balance_script(profile: CardProfile) -> list[Step]:
    """SELECT, file 15, GET BALANCE: whose card it is and what it holds."""
    balance = purse.get_balance(profile.purse)
    return [
        _select(profile),
        _file15(Expect.ANY),
        _step(balance, Act.BALANCE, Expect.ANY, "read the balance", "读余额"),
    ]


def log_script(profile: CardProfile, *, pin: bytes | None, records: int) -> list[Step]:
    """SELECT, the PIN where one is given, and the newest `records` of the log (at most 10)."""
    return [_select(profile), *_pin(pin, Expect.ANY), *_log(records)]


def trips_script(profile: CardProfile, *, records: int) -> list[Step]:
    """SELECT, file 17, the open ride of file 1A and the newest `records` of 1E, as the card has."""
    steps = [_select(profile)]
    if profile.has_region:
        steps.append(_read(holder.read_file17(), Act.REGION, "read where it is at home", "读城市"))
    if profile.has_rides:
        steps.append(_read(trips.read_open_ride(), Act.RIDE, "read the open ride", "读未完行程"))
    if profile.has_trips:
        steps += [
            _read(trips.read_trip(number), Act.TRIP, f"read trip {number}", "读行程记录")
            for number in range(1, records + 1)
        ]
    return steps


def reading_script(
    profile: CardProfile, *, pin: bytes | None, log: int = purse.LOG_RECORDS, rides: int = 10
) -> list[Step]:
    """Balance, log and trips in one go; nothing in it changes the card but a wrong PIN's count."""
    wanted = trips_script(profile, records=rides)[1:]
    return balance_script(profile) + wanted + log_script(profile, pin=pin, records=log)[1:]


def read_transcript(script: Sequence[Step], answers: Sequence[str]) -> list[Line]:
    """Pair each step with its answer, in hex of either case or `TORN`.

    A client may stop early only where the script let it: after TORN, or after a step that wanted
    9000 and got something else. What follows TORN is not read. TranscriptMismatch when the list
    is longer or shorter than that, CardAnswerUnreadable when a text is not an answer.
    """
    if not isinstance(answers, list | tuple):
        raise CardAnswerUnreadable("answers are a list of texts")
    if len(answers) > len(script):
        raise TranscriptMismatch("more answers than commands", wanted=len(script), got=len(answers))
    lines: list[Line] = []
    stopped = False
    for step, text in zip(script, answers, strict=False):
        line = Line(step=step, answer=None) if stopped else _line(step, text)
        lines.append(line)
        stopped = stopped or line.torn or _ends_here(line)
    if len(answers) < len(script) and not stopped:
        raise TranscriptMismatch("answers are missing", wanted=len(script), got=len(answers))
    rest = script[len(answers) :]
    return lines + [Line(step=step, answer=None) for step in rest]


def answers_of(lines: Sequence[Line], act: Act) -> list[Answer]:
    """All answers to steps of this kind that the card gave."""
    return [line.answer for line in lines if line.step.act is act and line.answer is not None]


def _line(step: Step, text: str) -> Line:
    if isinstance(text, str) and text.strip().upper() == TORN:
        return Line(step=step, answer=None, torn=True)
    return Line(step=step, answer=parse_answer(parse_hex(text)))


def _ends_here(line: Line) -> bool:
    return line.step.expect is Expect.OK and line.answer is not None and not line.answer.ok


def _select(profile: CardProfile) -> Step:
    return _step(
        purse.select(profile.aid), Act.SELECT, Expect.OK, "select the purse", "选择电子钱包"
    )


def _file15(expect: Expect) -> Step:
    return _step(purse.read_file15(), Act.FILE15, expect, "read whose card it is", "读卡号")


def _log(records: int) -> list[Step]:
    return [
        _read(purse.read_log_record(number), Act.LOG, f"read log record {number}", "读交易记录")
        for number in range(1, records + 1)
    ]


def _read(command: Command, act: Act, meaning: str, meaning_zh: str) -> Step:
    return _step(command, act, Expect.ANY, meaning, meaning_zh)


def _pin(pin: bytes | None, expect: Expect) -> list[Step]:
    if pin is None:
        return []
    return [_step(purse.verify_pin(pin), Act.PIN, expect, "verify the fixed PIN", "验证固定密码")]


def _initialize(profile: CardProfile, amount_fen: int, terminal: bytes) -> Step:
    command = purse.initialize_for_load(
        profile.purse, key_index=profile.key_index, amount_fen=amount_fen, terminal=terminal
    )
    return _step(command, Act.INITIALIZE, Expect.OK, "initialize for load", "圈存初始化")


def _step(command: Command, act: Act, expect: Expect, meaning: str, meaning_zh: str) -> Step:
    return Step(
        apdu_hex=command.hex, act=act, meaning=meaning, meaning_zh=meaning_zh, expect=expect
    )
