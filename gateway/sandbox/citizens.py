"""The citizens of the province in a box: people with a phone, some with cards and a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts import cards, id_numbers, people, real_names, secrets
from accounts.errors import PersonUnknown, SandboxOnly
from accounts.models import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Citizen:
    """One citizen. `id_first` are the seventeen digits of an ID number nobody has, or nothing."""

    name: str
    phone: str
    card_nos: tuple[str, ...] = ()
    id_first: str = ""


CITIZENS = (
    Citizen(name="李秀兰", phone="13700000001", card_nos=("3105070219560308001",)),
    Citizen(
        name="张伟",
        phone="13700000002",
        card_nos=("3105070219880512002", "3105071519880512003"),
        id_first="41010119880512001",
    ),
    Citizen(name="阿依古丽·买买提", phone="13700000003"),
)


def fill(now: datetime) -> int:
    """Enrol everybody, with their cards and confirmed names; how many there are. SandboxOnly."""
    if not secrets.in_sandbox():
        raise SandboxOnly
    for citizen in CITIZENS:
        person = people.enrol(citizen.phone, now)
        have = {card.card_no for card in cards.of(person)}
        for card_no in citizen.card_nos:
            if card_no not in have:
                cards.add(person, card_no, now)
        if citizen.id_first and real_names.latest(person) is None:
            number = citizen.id_first + id_numbers.check_of(citizen.id_first)
            real_names.ask(person, name=citizen.name, id_number=number, now=now)
    return len(CITIZENS)


def by_phone(phone: str) -> Person:
    """One of them; PersonUnknown, also for a phone that is nobody's of these."""
    if phone not in {citizen.phone for citizen in CITIZENS}:
        raise PersonUnknown
    return people.by_phone(phone)
