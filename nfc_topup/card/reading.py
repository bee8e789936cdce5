"""Reads a whole card through any pipe that carries hex: number, balance, log, rides. No keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from nfc_topup.card import holder, purse, scripts, trips
from nfc_topup.card.apdu import TORN, Answer
from nfc_topup.card.errors import CardAnswerUnreadable, CardNotOurs
from nfc_topup.card.files import PublicData
from nfc_topup.card.holder import RegionFile
from nfc_topup.card.profiles import CardProfile, live
from nfc_topup.card.purse import LogRecord
from nfc_topup.card.scripts import Act, Line, Step
from nfc_topup.card.trips import OpenRide, Trip

Pipe = Callable[[str], str]
RECORDS = (Act.LOG, Act.TRIP)
NOT_ASKED = "6A83"

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a card says of itself; nothing of it is proved. None and () for what it did not give.

    `log_sw` is the status word that ended the log ("" when all records asked for came): 6982
    means that this card shows its log only after the PIN.
    """

    profile: CardProfile
    public: PublicData | None
    balance_fen: int | None
    log: tuple[LogRecord, ...]
    trips: tuple[Trip, ...]
    ride: OpenRide | None
    region: RegionFile | None
    log_sw: str = ""

    @property
    def card_no(self) -> str:
        """The 19 digits printed on the card; empty when file 15 was not given."""
        return self.public.asn[1:] if self.public else ""


def recognise(pipe: Pipe, profiles: Sequence[CardProfile] | None = None) -> CardProfile:
    """The profile whose AID the card answers to, the ministry's first; CardNotOurs.

    A card answers to one AID or the other: the old city cards go on beside the new ones.
    """
    for profile in live() if profiles is None else profiles:
        (step, *_) = scripts.balance_script(profile)
        (line, *_) = scripts.read_transcript([step], [pipe(step.apdu_hex)])
        if line.torn:
            raise CardNotOurs("the card left before it was recognised")
        if line.answer is not None and line.answer.ok:
            return profile
    raise CardNotOurs("no application that this house knows answers")


def read_card(
    pipe: Pipe, *, profile: CardProfile | None = None, pin: bytes | None = None
) -> Picture:
    """Recognise the card and read all it shows; CardNotOurs, CardAnswerUnreadable."""
    known = profile or recognise(pipe)
    script = scripts.reading_script(known, pin=pin)
    return picture_of(known, scripts.read_transcript(script, carry(pipe, script)))


def carry(pipe: Pipe, script: Sequence[Step]) -> list[str]:
    """Carry a script as a client does, without asking for records behind the last one."""
    answers: list[str] = []
    ended: set[Act] = set()
    for step in script:
        answer = NOT_ASKED if step.act in ended else pipe(step.apdu_hex).strip().upper()
        answers.append(answer)
        if answer == TORN or (step.expect == "9000" and not answer.endswith("9000")):
            break
        if step.act in RECORDS and not answer.endswith("9000"):
            ended.add(step.act)
    return answers


def picture_of(profile: CardProfile, lines: Sequence[Line]) -> Picture:
    """What the answers to `reading_script` say; records never written are left out."""
    log, rides = (
        _all(lines, Act.LOG, purse.parse_log_record),
        _all(lines, Act.TRIP, trips.parse_trip),
    )
    raw = _first(lines, Act.BALANCE, purse.parse_balance)
    return Picture(
        profile=profile,
        public=_first(lines, Act.FILE15, profile.parse_file15),
        balance_fen=None if raw is None else profile.balance_fen(raw),
        log=tuple(record for record in log if not record.is_blank),
        trips=tuple(trip for trip in rides if not trip.is_blank),
        ride=_first(lines, Act.RIDE, trips.parse_open_ride),
        region=_first(lines, Act.REGION, holder.parse_file17),
        log_sw=_why_the_log_ended(scripts.answers_of(lines, Act.LOG)),
    )


def _all(lines: Sequence[Line], act: Act, parse: Callable[[bytes], _Read]) -> list[_Read]:
    found = []
    for answer in scripts.answers_of(lines, act):
        try:
            if answer.ok:
                found.append(parse(answer.data))
        except CardAnswerUnreadable:
            continue
    return found


def _first(lines: Sequence[Line], act: Act, parse: Callable[[bytes], _Read]) -> _Read | None:
    return next(iter(_all(lines, act, parse)), None)


def _why_the_log_ended(answers: Sequence[Answer]) -> str:
    return next((f"{answer.sw:04X}" for answer in answers if not answer.ok), "")
