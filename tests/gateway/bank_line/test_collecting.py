"""Statements over SFTP, from a real sshd: whole files only, each once, from the right server."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from accounts import clock, secrets
from accounts.models import SecurityEvent
from gateway.bank_line import collecting, sftp
from gateway.bank_line.errors import (
    HostKeyWrong,
    MailboxRefused,
    MailboxSilent,
    MailboxUnknown,
)
from gateway.bank_line.models import GrowingFile, SeenFile
from gateway.channels.errors import HostNotAllowed
from gateway.channels.transport import AllowedHost
from gateway.sandbox import custody_banks, sftp_server
from reserve_funds.custody.bank.models import BankEntry, Statement, StatementFile
from reserve_funds.custody.cases import queries as cases
from tests.gateway.bank_line.scene import OPENING_FEN

EVERY_FORM = pytest.mark.parametrize("form", ["bank-csv", "bank-fixed", "camt053", "mt940"])


@pytest.fixture
def form():
    return "camt053"


@pytest.fixture
def box(scene, sshd, form):
    """A scene whose bank lays its statements of three days where we fetch them."""
    scene.form = form
    scene.with_folder(sshd)
    scene.bank.act(
        "enter", account_no=scene.account.account_no, side="in", amount_fen=250_00,
        other_no="6222000000000000001", other_name="财付通", summary="清算", remark="WX",
    )  # fmt: skip
    return scene


def collect(box, now=None):
    return collecting.collect(box.mailbox.pk, now=now or clock.now())


def statements(box):
    return Statement.objects.filter(account=box.account).order_by("first_day")


def lay_out(box, days=3):
    """The bank makes the statements of the first days."""
    for step in range(days):
        day = box.first_day + timedelta(days=step)
        box.bank.act("statement", account_no=box.account.account_no, day=day.isoformat())


def seen(box, name_part=""):
    rows = SeenFile.objects.filter(mailbox=box.mailbox, name__contains=name_part)
    return [(row.name, row.outcome, row.refusal) for row in rows.order_by("id")]


@EVERY_FORM
def test_every_day_is_taken_once_in_every_form_and_follows_the_one_before(box):
    lay_out(box)
    haul = collect(box)
    assert len(haul.taken) == 3
    assert (haul.refused, haul.unexpected, haul.waiting) == ([], [], [])
    told = list(statements(box))
    assert [one.first_day for one in told] == [
        box.first_day + timedelta(days=step) for step in range(3)
    ]
    assert told[0].opening_fen == OPENING_FEN
    assert {one.file.source for one in told} == {"sftp"}
    again = collect(box)
    assert again == collecting.Haul()
    assert statements(box).count() == 3


def test_entries_arrive_as_the_banks_own_book_has_them(box):
    day = clock.business_day(clock.now())
    box.bank.act("statement", account_no=box.account.account_no, day=day.isoformat())
    collect(box)
    [entry] = BankEntry.objects.filter(account=box.account)
    assert (entry.side, entry.amount_fen, entry.remark) == ("in", 250_00, "WX")


def test_a_file_without_its_mark_waits_and_is_taken_when_it_is_whole(box):
    box.bank.faults(statement_half_way={"times": 1, "seconds": 30})
    lay_out(box, days=1)
    assert len(collect(box).waiting) == 1
    assert not statements(box).exists()
    box.bank.behave()
    box.bank.advance(31)
    assert len(collect(box).taken) == 1
    assert statements(box).count() == 1


def test_a_file_that_stands_still_is_whole_where_that_is_the_rule(box):
    box.refolded(whole_by="stable", mark="", stable_seconds=120)
    box.bank.faults(statement_half_way={"times": 1, "seconds": 30})
    lay_out(box, days=1)
    now = clock.now()
    assert collect(box, now).waiting
    assert collect(box, now + timedelta(seconds=60)).waiting
    box.bank.behave()
    box.bank.advance(31)
    assert collect(box, now + timedelta(seconds=121)).waiting
    assert not statements(box).exists()
    haul = collect(box, now + timedelta(seconds=242))
    assert len(haul.taken) == 1
    assert not GrowingFile.objects.filter(mailbox=box.mailbox, name=haul.taken[0]).exists()


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        ("statement_wrong_balance", "statement_does_not_add"),
        ("statement_corrupt", "statement_unreadable"),
    ],
)
def test_a_refused_file_stays_named_holds_up_nobody_and_is_mended_by_a_good_one(
    box, fault, refusal
):
    box.bank.faults(**{fault: 1})
    lay_out(box)
    haul = collect(box)
    assert (len(haul.taken), len(haul.refused)) == (2, 1)
    assert seen(box, haul.refused[0]) == [(haul.refused[0], "refused", refusal)]
    assert [one.kind for one in cases.open_of() if haul.refused[0] in one.subject] == [
        "statement_refused"
    ]
    assert collect(box) == collecting.Haul()
    refused = StatementFile.objects.filter(name=haul.refused[0]).exclude(refusal="")
    assert refused.count() == 1
    day = haul.refused[0].split("_")[1][:8]
    file = box.outbox / haul.refused[0]
    box.bank.act(
        "statement", account_no=box.account.account_no, day=f"{day[:4]}-{day[4:6]}-{day[6:]}"
    )
    os.utime(file, (file.stat().st_mtime + 5, file.stat().st_mtime + 5))
    assert collect(box).taken == haul.refused
    assert statements(box).count() == 3
    assert [one for one in cases.open_of() if haul.refused[0] in one.subject] == []


def test_a_name_nobody_agreed_on_is_told_and_not_taken(box):
    box.bank.faults(statement_renamed=1)
    lay_out(box, days=1)
    haul = collect(box)
    assert (haul.taken, len(haul.unexpected)) == ([], 1)
    assert [one.kind for one in cases.open_of() if haul.unexpected[0] in one.subject] == [
        "bank_file_unexpected"
    ]
    assert collect(box) == collecting.Haul()


def test_a_bank_tells_nothing_of_accounts_kept_at_another_bank(box):
    box.refolded(bank="bank_guomi")
    lay_out(box, days=1)
    haul = collect(box)
    assert (haul.taken, len(haul.refused)) == ([], 1)
    assert seen(box)[-1][2] == "statement_of_another_bank"
    assert not statements(box).exists()


def test_links_and_folders_are_not_followed(box):
    outside = box.outbox.parent / f"outside-{box.pool}.xml"
    outside.write_bytes(b"<x/>")
    (box.outbox / "link.xml").symlink_to(outside)
    (box.outbox / "folder.xml").mkdir()
    assert collect(box) == collecting.Haul()
    assert seen(box, "link") == seen(box, "folder") == []


def test_another_host_key_is_refused_before_anything_is_said_and_alarmed(box, tmp_path):
    sftp_server.write_key(tmp_path / "other")
    other = (tmp_path / "other.pub").read_text().strip()
    box.refolded(host_keys=(other,))
    lay_out(box, days=1)
    with pytest.raises(HostKeyWrong):
        collect(box)
    assert not statements(box).exists()
    alarm = SecurityEvent.objects.filter(code="bank_host_key_wrong", subject=str(box.mailbox.pk))
    assert alarm.count() == 1
    box.refolded(host_keys=(other, sftp_server.prepare(box.outbox.parents[1])))
    assert len(collect(box).taken) == 1


def test_a_key_the_server_does_not_know_is_not_let_in(box, tmp_path):
    sftp_server.write_key(tmp_path / "stranger")
    secrets.write_sandbox("bank-sftp-stranger", (tmp_path / "stranger").read_bytes())
    box.refolded(key_secret="bank-sftp-stranger")
    with pytest.raises(MailboxRefused):
        collect(box)


def test_a_folder_that_is_not_there_a_silent_server_and_a_faulty_row_are_told_apart(box):
    pinned, port = tuple(box.mailbox.host_keys), box.mailbox.port
    box.refolded(folder=f"{box.outbox}/nowhere")
    with pytest.raises(MailboxRefused):
        collect(box)
    box.refolded(folder=str(box.outbox), host_keys=("ssh-ed25519 AAAA",))
    with pytest.raises(HostKeyWrong):
        collect(box)
    box.refolded(host_keys=pinned, port=1)
    with pytest.raises(MailboxSilent):
        collect(box)
    box.refolded(port=port, is_open=False)
    assert collect(box) == collecting.Haul()
    with pytest.raises(MailboxUnknown):
        collecting.collect(box.account.pk, now=clock.now())


def test_outside_the_sandbox_no_server_on_this_machine_is_spoken_to(sshd):
    server = sftp.Server(
        host=AllowedHost(host="127.0.0.1", port=sshd.port),
        login=sftp_server.login(),
        host_keys=[sftp_server.prepare(sshd.home)],
    )
    key = secrets.read(custody_banks.SFTP_KEY)
    with pytest.raises(HostNotAllowed), sftp.visit(server, "/", private_key=key):
        pass


def test_the_sandboxs_server_only_gives(box):
    server = sftp.Server(
        host=AllowedHost(host="127.0.0.1", port=box.mailbox.port, loopback=True),
        login=sftp_server.login(),
        host_keys=box.mailbox.host_keys,
    )
    key = secrets.read(custody_banks.SFTP_KEY)
    visit = sftp.visit(server, str(box.outbox), private_key=key)
    with visit as folder, pytest.raises(OSError, match="denied"):
        folder._client.open(f"{box.outbox}/new", "w")
    assert not (box.outbox / "new").exists()
