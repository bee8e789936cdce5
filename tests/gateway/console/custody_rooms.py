"""A pool's custody for the console's tests: accounts, money, a difference, a request, an entry."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import clock, duties, roles
from accounts.actors import SYSTEM
from accounts.clock import business_day
from accounts.identifiers import new_id
from gateway.bank_line import contracts
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank import booking, requests, standing, taking
from reserve_funds.custody.bank.models import (
    BankEntry,
    CustodyAccount,
    Instruction,
    OutflowRequest,
    StatementFile,
)
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.custody.bank.recognition import Known, Rule
from reserve_funds.custody.cutover import services as cutover
from reserve_funds.custody.cutover.models import LegacyImport
from reserve_funds.custody.cutover.services import Handover
from reserve_funds.custody.errors import StatementDiffers
from reserve_funds.custody.matching import deciding
from reserve_funds.custody.matching import listing as matching
from reserve_funds.custody.matching.queries import Told, differences
from reserve_funds.custody.placements import asking, following
from reserve_funds.custody.placements.models import Placement
from reserve_funds.custody.statements.values import BankLine, Opening, Side
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book, listing, pools
from tests.gateway.bank_line.test_contracts import FOLDER
from tests.reserve_funds.custody.bank.conftest import an_account
from tests.reserve_funds.custody.matching.worlds import life, told, whole
from tests.reserve_funds.custody.statements.printers import Told as Printed
from tests.reserve_funds.custody.statements.printers import camt053
from tests.reserve_funds.test_sealed_days import closed
from tests.support.officers import Seated, seat

POOL = 1
HANDED = b"card_no,balance_fen\n3105070200000000001,1000\n3105070200000000002,500\n"
LONG = "中原城市群交通一卡通联合运营服务有限责任公司备付金集中存管专用账户"


class Room:
    """Pool 1, open since ten days ago, with a reserve and an income account."""

    def __init__(self, pool: int = POOL) -> None:
        self.pool = pool
        self.today = business_day(clock.now())
        self.first = self.today - timedelta(days=10)
        pools.open_pool(pool, "MOT", self.first)
        self.account: CustodyAccount = an_account(pool)
        self.income: CustodyAccount = an_account(pool, use="income")

    def paid(self, fen: int = 5_000, day: date | None = None) -> UUID:
        """A payment over a channel that waits for its order; the first transfer's id."""
        payment, order, now = new_id(clock.now()), new_id(clock.now()), clock.now()
        first = postings.payment_confirmed(
            self.pool, payment, channel="wechatpay", settlement_day=day or self.today,
            amount_fen=fen, event_at=now,
        )  # fmt: skip
        book.post([
            first,
            postings.payment_allocated(self.pool, payment, order, amount_fen=fen, event_at=now),
        ])  # fmt: skip
        self.order = postings.unloaded_order(order)
        return first.id

    def banked(self, fen: int = 1_000_000) -> None:
        """A channel's payout lies at the bank."""
        self.paid(fen)
        book.post(postings.channel_settled(
            self.pool, new_id(clock.now()), channel="wechatpay", settlement_day=self.today,
            bank_account=str(self.account.id), gross_fen=fen, fee_fen=fen // 1_000 * 6,
            event_at=clock.now(),
        ))  # fmt: skip

    def covered(self, fen: int = 1_000_000) -> None:
        """As much lies at the bank as is owed."""
        self.banked(fen)
        book.post(postings.operator_covered(
            self.pool, new_id(clock.now()), reason=CoverReason.FEE,
            bank_account=str(self.account.id), own_bank=str(self.income.id),
            amount_fen=fen // 1_000 * 6, event_at=clock.now(),
        ))  # fmt: skip

    def placement(self, fen: int = 100_000, maker: Any = None) -> Placement:
        """Money that shall be placed for ten days, asked by one officer."""
        self.covered()
        return asking.ask(
            pool=self.pool, account=self.account, kind="term_deposit", institution=LONG[:40],
            contract_no=f"DQ-{new_id(clock.now()).hex[-12:]}",
            payee=Payee(account_no="6222021702012345678", name=LONG[:30], bank_name="示例银行"),
            principal_fen=fen, rate_bp=155, matures_on=self.today + timedelta(days=10),
            because="保值", maker=maker or seat((roles.FINANCE_OFFICER, self.pool)).person,
            now=clock.now(),
        )  # fmt: skip

    def agreed_placement(self, fen: int = 100_000) -> Placement:
        """Money that two officers agreed to place for ten days, on its way there."""
        asked = self.placement(fen)
        made: list[Instruction] = []
        while not made:
            checker = seat((roles.FINANCE_OFFICER, self.pool)).person
            made = asking.approve(asked.pk, checker=checker, now=clock.now())
        assert duties.work_one(following.FOLLOW, made[0].id, clock.now())
        asked.refresh_from_db()
        return asked

    def wanted_rule(self, name: str = "interest", words: str = "利息|结息|批量结息") -> UUID:
        """The approval of a rule by which interest shall be known."""
        return standing.ask_rule(
            Rule(name=name, kind=Known.INTEREST, words=words), account=self.account,
            maker=seat((roles.FINANCE_OFFICER, self.pool)).person, now=clock.now(),
        ).pk  # fmt: skip

    def rule(self, name: str = "interest") -> UUID:
        """A rule by which two officers know interest; its id."""
        asked = self.wanted_rule(name, "利息|结息")
        checker = seat((roles.FINANCE_OFFICER, self.pool)).person
        return standing.approve(asked, checker=checker, now=clock.now()).pk

    def handover(
        self, issuer: str = "城市公交", gap_fen: int = 250, card_at: int = 0
    ) -> LegacyImport:
        """Two cards of a legacy system, taken and not opened, with a gap."""
        first = 3_105_000_000_000_000_000 + card_at % 10**12 * 10
        rows = [(str(first), 1_000), (str(first + 1), 500)]
        lines = ["card_no,balance_fen", *(f"{card},{fen}" for card, fen in rows), ""]
        content = "\n".join(lines).encode()
        told = Handover(
            pool=self.pool, issuer=issuer, as_of=clock.now(), cards=len(rows), total_fen=1_500,
            digest=sha256(content).hexdigest(), handed_fen=1_500 - gap_fen,
            bank_account=str(self.account.id),
        )  # fmt: skip
        taker = seat((roles.FINANCE_OFFICER, self.pool)).person
        return cutover.take(io.BytesIO(content), told, taken_by=taker, now=clock.now())

    def difference(self) -> Told:
        """An order that its bill does not know."""
        lives = [life(self.pool, str(number)) for number in range(3)]
        odd = life(self.pool, "odd")
        for one in [*lives, odd]:
            book.post([postings.payment_confirmed(
                self.pool, new_id(clock.now()), channel="wechat",
                settlement_day=one.order.day, amount_fen=one.order.amount_fen,
                event_at=clock.now(),
            )])  # fmt: skip
        told(self.pool, [*whole(self.pool, lives), *odd.lines("bill")])
        found = differences(self.pool, now=clock.now())
        return next(each for each in found if each.relation == "order_bill")

    def outflow(self, fen: int = 100_00, maker: Any = None) -> OutflowRequest:
        """A request to give an order's money back, asked by one officer."""
        self.paid(fen)
        return requests.ask(
            pool=self.pool,
            purpose=Purpose.REPAYMENT,
            source=self.order,
            payee=Payee(account_no="6222021702012345678", name=LONG[:30], bank_name="示例银行"),
            amount_fen=fen,
            account=self.account,
            because="乘客要求退还",
            maker=maker or seat((roles.FINANCE_OFFICER, self.pool), name="经办甲").person,
            now=clock.now(),
        )

    def instruction(self, fen: int = 100_00) -> Instruction:
        """A payment that two officers have agreed on, ready for the bank."""
        asked = self.outflow(fen)
        checker = seat((roles.FINANCE_OFFICER, self.pool)).person
        [made] = requests.approve(asked.pk, checker=checker, now=clock.now())
        return made

    def printed(self, *amounts: int, opening_fen: int = 0, number: str = "1") -> bytes:
        """A statement of yesterday with these lines, in camt.053."""
        day = self.today - timedelta(days=1)
        lines = tuple(
            BankLine(
                line_no=at, bank_no=f"{number}{at:08d}", booked_day=day, value_day=day,
                side=Side.IN if fen > 0 else Side.OUT, amount_fen=abs(fen), kind="TRF",
                counterparty_name=LONG, summary="来款",
            )
            for at, fen in enumerate(amounts, start=1)
        )  # fmt: skip
        opening = Opening(
            account_no=self.account.account_no, currency="CNY", number=number, first_day=day,
            last_day=day, balance_fen=opening_fen,
        )  # fmt: skip
        return camt053(Printed(opening=opening, lines=lines))

    def taken(self, content: bytes, actor: Any = SYSTEM) -> UUID:
        """The file is taken; its id."""
        return taking.take(
            io.BytesIO(content), form="camt053", name="statement.xml", source="upload",
            actor=actor, pools=None, now=clock.now(),
        ).file_id  # fmt: skip

    def entry(self, fen: int = 12_345) -> UUID:
        """An entry nobody understands; its money is in suspense."""
        self.taken(self.printed(fen))
        booking.book(self.account, now=clock.now())
        return BankEntry.objects.get(account=self.account, amount_fen=fen).pk

    def cut(self) -> date:
        """Every day before today is over; the last of them."""
        for day in range(1, 11):
            pools.cut(self.pool, self.first + timedelta(days=day))
        return self.today - timedelta(days=1)

    def sealed(self) -> date:
        """The first day, with all that was booked, is closed, its vouchers are numbered."""
        self.paid()
        closed(self.pool, self.first)
        return self.first


@pytest.fixture
def kept(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))


@pytest.fixture
def custody(db: None, kept: None) -> Callable[[], Room]:
    """Makes the custody of pool 1."""
    return Room


@pytest.fixture
def a_pool(custody: Callable[[], Room]) -> Callable[[], int]:
    return lambda: custody().pool


@pytest.fixture
def an_account_id(custody: Callable[[], Room]) -> Callable[[], UUID]:
    def make() -> UUID:
        room = custody()
        room.paid()
        return listing.id_of(POOL, room.order)

    return make


@pytest.fixture
def a_transfer(custody: Callable[[], Room]) -> Callable[[], UUID]:
    return lambda: custody().paid()


@pytest.fixture
def a_difference(custody: Callable[[], Room]) -> Callable[[], UUID]:
    return lambda: custody().difference().id


@pytest.fixture
def an_outflow(custody: Callable[[], Room]) -> Callable[[], UUID]:
    return lambda: custody().outflow().pk


@pytest.fixture
def a_placement(custody: Callable[[], Room]) -> Callable[[], UUID]:
    return lambda: custody().placement().pk


@pytest.fixture
def a_rule(custody: Callable[[], Room]) -> Callable[[], UUID]:
    return lambda: custody().rule()


@pytest.fixture
def a_handover(custody: Callable[[], Room]) -> Callable[[], UUID]:
    return lambda: custody().handover().pk


@pytest.fixture
def what_was_told(custody: Callable[[], Room]) -> Callable[[], str]:
    """The address of a file that an officer of pool 1 has uploaded."""

    def make() -> str:
        room, officer = custody(), seat((roles.FINANCE_OFFICER, POOL))
        return uploaded(officer, handed_over(room, HANDED)).split("/")[-1]

    return make


def handed_over(room: Room, content: bytes, **other: str) -> dict[str, Any]:
    """The form of a handover of two cards and 15 yuan."""
    form = {
        "file": SimpleUploadedFile("cards.csv", content), "account": str(room.account.pk),
        "issuer": "城市公交", "as_of": f"{room.first}T00:00", "cards": "2", "total": "15.00",
        "handed": "12.50", "digest": sha256(content).hexdigest(),
    }  # fmt: skip
    return form | other


def uploaded(officer: Seated, form: dict[str, Any]) -> str:
    """Where the upload of this form leads to."""
    answer = officer.client.post("/console/custody/cutover/upload", form)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


@pytest.fixture
def an_instruction(custody: Callable[[], Room]) -> Callable[[], UUID]:
    return lambda: custody().instruction().pk


@pytest.fixture
def an_entry(custody: Callable[[], Room]) -> Callable[[], UUID]:
    return lambda: custody().entry()


@pytest.fixture
def a_day(custody: Callable[[], Room]) -> Callable[[], str]:
    return lambda: custody().cut().isoformat()


@pytest.fixture
def a_bank_account(custody: Callable[[], Room]) -> Callable[[], UUID]:
    return lambda: custody().account.pk


@pytest.fixture
def a_folder(db: None) -> Callable[[], UUID]:
    """A bank's folder that two officers of the province have put."""

    def make() -> UUID:
        maker, checker = (seat((roles.FINANCE_OFFICER, None)).person for _ in range(2))
        asked = contracts.ask_mailbox(FOLDER, because="银行函", maker=maker, now=clock.now())
        return contracts.approve(asked.pk, checker=checker, now=clock.now()).pk

    return make


@pytest.fixture
def a_sealed_day(custody: Callable[[], Room]) -> Callable[[], str]:
    return lambda: custody().sealed().isoformat()


@pytest.fixture
def a_match(custody: Callable[[], Room]) -> Callable[[], UUID]:
    """A match by hand that two officers have made."""

    def make() -> UUID:
        custody()
        one, other = life(POOL, "a"), life(POOL, "b")
        told(POOL, [*one.lines("bill"), *other.lines("order", "card", "clearing")])
        lines = matching.without_partner(POOL, "order_bill")
        finance = [seat((roles.FINANCE_OFFICER, POOL)).person for _ in range(2)]
        asked = deciding.match(
            [line.source_id for line in lines], relation="order_bill", maker=finance[0],
            reason="渠道函件说明", now=clock.now(),
        )  # fmt: skip
        return deciding.accept(asked.pk, checker=finance[1], now=clock.now()).pk

    return make


@pytest.fixture
def a_refused_file(custody: Callable[[], Room]) -> Callable[[], UUID]:
    """A file that tells a day otherwise, for whoever sees the province."""

    def make() -> UUID:
        room = custody()
        room.taken(room.printed(100))
        with pytest.raises(StatementDiffers):
            room.taken(room.printed(200))
        return StatementFile.objects.exclude(refusal="").get().pk

    return make
