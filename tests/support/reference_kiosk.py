"""The place of a reference kiosk in a test: its cabinet, its directory, the officers behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from accounts import clock
from accounts.models import Kiosk, Person
from gateway.kiosk import creating, quota
from gateway.kiosk.models import Box, Record
from gateway.sandbox.reference_kiosk import machine
from gateway.sandbox.reference_kiosk.attendant import Attendant
from gateway.sandbox.reference_kiosk.cabinet import Cabinet
from gateway.sandbox.reference_kiosk.devices import Cabinet as Hands
from gateway.sandbox.reference_kiosk.devices import Reader
from gateway.sandbox.reference_kiosk.screens import Screen
from gateway.sandbox.reference_kiosk.steps import Steps
from nfc_topup.lifecycle import UNRESOLVED
from nfc_topup.models import Load
from tests.support.kiosk_customer import Customer
from tests.support.kiosks import two_officers
from tests.support.province import Province


@dataclass(slots=True, kw_only=True)
class Place:
    """Where a kiosk stands."""

    province: Province
    url: str
    directory: Path
    cabinet: Cabinet
    kiosk: Kiosk
    code: str
    first: Person
    second: Person

    @classmethod
    def new(
        cls,
        province: Province,
        *,
        url: str,
        directory: Path,
        quota_fen: int,
        officers: tuple[Person, Person] | None = None,
        now: Callable[[], datetime] = clock.now,
    ) -> Place:
        first, second = officers or two_officers(province.pool)
        asked = creating.create(
            code=f"k{uuid4().hex[:8]}",
            operator=province.operator,
            place="郑州东站 1 厅",
            terminal_no=f"{uuid4().int % 10**12:012d}",
            maker=first,
            now=now(),
        )
        given = creating.approve(asked.id, checker=second, now=now())
        kiosk = creating.by_code(asked.kiosk.code)
        wish = quota.ask(kiosk, quota_fen, maker=first, because="a test", now=now())
        quota.approve(wish.id, checker=second, now=now())
        return cls(
            province=province,
            url=url,
            directory=directory,
            cabinet=Cabinet(),
            kiosk=kiosk,
            code=given.code,
            first=first,
            second=second,
        )

    def arguments(self, *more: str) -> list[str]:
        """What the program is started with."""
        host, port = self.cabinet.where
        return [
            *("--state-dir", str(self.directory)),
            *("--url", self.url),
            *("--cabinet", f"{host}:{port}"),
            f"--code={self.code}",
            *more,
        ]

    def cash_fen(self) -> int:
        """What the book has of this kiosk's boxes."""
        boxes = Box.objects.filter(kiosk=self.kiosk).values_list("label", flat=True)
        return sum(self.province.balance_fen("cash_in_transit", label) for label in boxes)

    def stacked_fen(self) -> int:
        """What really lies in the boxes."""
        return sum(self.cabinet.things.stacked)

    def doubts(self) -> int:
        """How many loads of this province have an unknown end."""
        return len(self.doubtful())

    def doubtful(self) -> list[tuple[str, str]]:
        """Card and state of each of them."""
        mine = Load.objects.filter(application__asn__startswith=f"0{self.province.prefix}")
        rows = mine.filter(state__in=UNRESOLVED).values_list("application__asn", "state")
        return [(str(asn), str(state)) for asn, state in rows]

    def records(self) -> list[tuple[str, int]]:
        """Kind and amount of every record that the house has, by number."""
        rows = Record.objects.filter(kiosk=self.kiosk).order_by("number")
        return list(rows.values_list("kind", "amount_fen"))


class AtWork:
    """A kiosk at work in this process, one look at a time."""

    def __init__(
        self,
        place: Place,
        *,
        via: tuple[str, int] | None = None,
        steps: Steps | None = None,
        reader: Reader | None = None,
    ) -> None:
        self.steps = steps or Steps()
        self.screen: Screen | None = None
        hands = Hands(place.cabinet.where, self.steps)
        self.inside = machine.put_together(
            directory=place.directory,
            origin=place.url,
            via=via,
            cabinet=hands,
            reader=reader or hands,
            steps=self.steps,
            clock=_moment,
        )
        self.seen: list[str] = []
        self.attendant = Attendant(self.inside, show=self._shown, again=0.0)
        self.attendant.start()
        if self.name == "setup":
            self.attendant.press("enrol", place.code)

    @property
    def name(self) -> str:
        return self.screen.name if self.screen else ""

    def _shown(self, screen: Screen) -> None:
        self.screen = screen
        self.seen.append(screen.name)

    def serve(self, customer: Customer, most: int = 60) -> None:
        """Until the customer is content and the machine is free again."""
        for _ in range(most):
            assert self.screen is not None
            if customer.is_content and self.name == "idle":
                return
            customer.act(self.screen.told("zh"))
            self.attendant.tick()
        raise AssertionError(f"never content: {self.seen}")

    def customer(self, place: Place, *notes: int) -> Customer:
        return Customer(
            cabinet=place.cabinet,
            card=place.province.card(),
            notes=list(notes),
            press=self.attendant.press,
        )

    def die(self) -> None:
        """As far as one process can: the journal is let go, everything else forgotten."""
        self.inside.journal.close()


def _moment() -> datetime:
    """The house's clock, also while a test puts it forward."""
    return clock.now()
