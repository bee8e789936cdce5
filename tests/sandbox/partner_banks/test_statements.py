"""The banks' statements are what their books say, in every form, until a switch spoils them."""

import io
from datetime import timedelta

import pytest

from gateway.channels.banks.payouts.speaking import line_of
from gateway.channels.banks.payouts.values import StatementWish
from gateway.channels.errors import BillNotOffered, BillNotReady, BillNotThere
from gateway.sandbox.partner_banks.statement_forms import FORMS
from reserve_funds.custody.errors import StatementDoesNotAdd, StatementUnreadable
from reserve_funds.custody.statements import reading
from reserve_funds.custody.statements.values import BankLine, Closing, Opening, Side
from tests.sandbox.partner_banks.accounts import Account

A_DAY = 86_400
EVERY_FORM = pytest.mark.parametrize("form", FORMS)


@pytest.fixture
def outbox(us, tmp_path):
    return tmp_path / "outbox"


def a_day_of(us, form, outbox):
    """An account on which one day moved, and that day is over."""
    account = Account(us, form=form, opening_fen=1_000_000, outbox=outbox)
    account.enter(
        "in",
        250_00,
        other_no="6222000000000000001",
        other_name="财付通支付<科技>",
        summary="清算",
        remark="WX 20261121",
    )
    account.enter("out", 99, our_no="P0123456789", other_name="示例公交", remark="清结算")
    account.enter("in", 99, our_no="P0123456789", summary="冲正", reversal=True)
    day = us.bank_now().date()
    us.bank.advance(A_DAY + 3_700)
    return account, day


def files(outbox, account):
    return sorted(file.name for file in outbox.iterdir() if account.number in file.name)


def parts(content, form):
    return list(reading.read(io.BytesIO(content), form))


@EVERY_FORM
def test_a_days_file_reads_back_as_the_banks_own_book(us, outbox, form):
    account, day = a_day_of(us, form, outbox)
    name = f"{account.number}_{day:%Y%m%d}.{FORMS[form][0]}"
    assert files(outbox, account)[:2] == [name, f"{name}.ok"]
    opening, *lines, closing = parts((outbox / name).read_bytes(), form)
    assert isinstance(opening, Opening)
    assert (opening.account_no, opening.first_day, opening.balance_fen) == (
        account.number,
        day,
        1_000_000,
    )
    assert isinstance(closing, Closing)
    assert closing.balance_fen == 1_025_000
    assert all(isinstance(line, BankLine) for line in lines)
    assert [(line.side, line.amount_fen, line.reversal) for line in lines] == [
        (Side.IN, 250_00, False),
        (Side.OUT, 99, False),
        (Side.IN, 99, True),
    ]
    for line in lines[1:]:
        assert "P0123456789" in f"{line.our_no} {line.remark}"
    assert len({line.bank_no for line in lines}) == 3


@EVERY_FORM
def test_a_day_without_entries_has_its_statement_too_and_follows_the_one_before(us, outbox, form):
    account, day = a_day_of(us, form, outbox)
    us.bank.advance(A_DAY)
    later = day + timedelta(days=1)
    name = f"{account.number}_{later:%Y%m%d}.{FORMS[form][0]}"
    opening, closing = parts((outbox / name).read_bytes(), form)
    assert opening.balance_fen == closing.balance_fen == 1_025_000


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        ("statement_line_dropped", StatementDoesNotAdd),
        ("statement_line_doubled", StatementDoesNotAdd),
        ("statement_wrong_balance", StatementDoesNotAdd),
        ("statement_corrupt", StatementUnreadable),
    ],
)
def test_a_spoilt_file_is_refused_and_made_again_is_good(us, outbox, fault, refusal):
    us.bank.faults(**{fault: True})
    account, day = a_day_of(us, "camt053", outbox)
    us.bank.behave()
    file = outbox / f"{account.number}_{day:%Y%m%d}.xml"
    with pytest.raises(refusal):
        parts(file.read_bytes(), "camt053")
    assert us.bank.act("statement", account_no=account.number, day=day.isoformat())["name"]
    assert parts(file.read_bytes(), "camt053")


def test_a_file_half_way_has_no_mark_until_it_is_whole(us, outbox):
    us.bank.faults(statement_half_way={"times": True, "seconds": 100_000})
    account, day = a_day_of(us, "mt940", outbox)
    name = f"{account.number}_{day:%Y%m%d}.sta"
    assert files(outbox, account) == [name]
    us.bank.behave()
    us.bank.advance(100_000)
    assert f"{name}.ok" in files(outbox, account)
    assert parts((outbox / name).read_bytes(), "mt940")


def test_a_statement_comes_late_or_under_another_name(us, outbox):
    us.bank.faults(statement_late={"times": True, "seconds": 200_000})
    account, day = a_day_of(us, "mt940", outbox)
    assert not outbox.exists() or files(outbox, account) == []
    us.bank.behave()
    us.bank.advance(200_000)
    assert f"{account.number}_{day:%Y%m%d}.sta" in files(outbox, account)
    us.bank.faults(statement_renamed=True)
    us.bank.act("statement", account_no=account.number, day=day.isoformat())
    assert [file.name for file in outbox.glob("RE_*.bak")]
    us.bank.behave()


def test_the_interface_gives_the_same_statement_under_its_hash(us, outbox):
    line = line_of(us.peer.name)
    day = us.now().astimezone(us.bank_now().tzinfo).date() - timedelta(days=1)
    account = Account(us, form="camt053", opening_fen=500, days=(us.bank_now().date() - day).days)

    def link(asked):
        return us.ask(
            lambda merchant, **stamp: line.statement(merchant, asked, **stamp),
            lambda merchant, response, now: line.read_statement(
                merchant, response, wish=asked, now=now
            ),
        )

    asked = StatementWish(account_no=account.number, day=day)
    if not line.words.gives_statements:
        with pytest.raises(BillNotOffered):
            link(asked)
        return
    us.bank.faults(statement_late=1)
    with pytest.raises(BillNotReady):
        link(asked)
    found = link(asked)
    content = us.ask(
        lambda merchant, **stamp: line.statement_download(merchant, found, **stamp),
        lambda merchant, response, now: response.body,
    )
    assert us.peer.speech.hash_of(content) == found.hash_hex
    opening, closing = parts(content, "camt053")
    assert (opening.first_day, opening.balance_fen, closing.balance_fen) == (day, 500, 500)
    with pytest.raises(BillNotThere):
        link(StatementWish(account_no=account.number, day=day - timedelta(days=1)))
