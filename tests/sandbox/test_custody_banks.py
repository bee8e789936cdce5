"""Every pool of the sandbox has its accounts at a bank, and every bank's folder its pinned key."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from accounts import clock
from accounts.models import Operator
from gateway.bank_line import terms
from gateway.bank_line.models import BankContract, Mailbox
from gateway.sandbox import custody_banks, seed, sftp_server
from reserve_funds.custody.bank import accounts
from tests.support.pools import next_pool


@pytest.fixture
def operators(lasting_db):
    first = next_pool()
    return [
        Operator.objects.create(
            code=f"kept-{pool}", name_zh=f"存管市{pool}", name_en=f"Kept {pool}", level="city",
            pool=pool,
        )
        for pool in range(first, first + 4)
    ]  # fmt: skip


@pytest.fixture
def data_dir(operators, tmp_path, monkeypatch):
    monkeypatch.setattr(sftp_server, "home_for", lambda place: place / "sftp")
    for channel in {one.channel for one in custody_banks.KEEPERS}:
        place = tmp_path / "neighbours" / channel
        place.mkdir(parents=True)
        seed.introduce(
            operators, channel=channel, place=place, url="http://127.0.0.1:9",
            gateway_url="http://127.0.0.1:9", now=clock.now(),
        )  # fmt: skip
    return tmp_path


def test_each_pool_has_its_accounts_once_and_its_bank_knows_them(operators, data_dir):
    for _ in range(2):
        told = custody_banks.fill(operators, data_dir=data_dir, port=None, now=clock.now())
        assert told == (8, 0)
    for operator in operators:
        kept = accounts.of(operator.pool)
        assert sorted(one.use for one in kept) == ["income", "reserve"]
        paying = BankContract.objects.filter(account_id__in=[one.pk for one in kept], pays_out=True)
        assert paying.count() == 1
        channel = custody_banks.keeper_of(operator.pool).channel
        file = data_dir / "neighbours" / channel / "accounts.json"
        known = json.loads(file.read_text())["accounts"]
        assert {one.account_no for one in kept} <= set(known)
        assert not any(known[one.account_no]["by_sftp"] for one in kept)


def test_a_folder_has_one_mailbox_under_the_pinned_key_and_follows_the_servers_port(
    operators, data_dir
):
    for port in (20022, 20023):
        assert custody_banks.fill(operators, data_dir=data_dir, port=port, now=clock.now()) == (
            8,
            2,
        )
        ours = Mailbox.objects.filter(folder__startswith=str(data_dir), is_open=True)
        assert {one.bank for one in ours} == {"bank_guomi", "bank_gbk"}
        assert {one.port for one in ours} == {port}
        pinned = sftp_server.prepare(data_dir / "sftp")
        assert {tuple(one.host_keys) for one in ours} == {(pinned,)}
    for one in list(ours):
        shut = replace(terms.folder_of(one), is_open=False)
        custody_banks.put_mailbox(shut, mailbox_id=one.pk, now=clock.now())


def test_the_servers_configuration_lets_one_key_read_and_nothing_else(tmp_path):
    which = sftp_server.Program(path=tmp_path / "sshd", root=None)
    sftp_server.prepare(tmp_path)
    text = sftp_server.configure(tmp_path, 20022, which).read_text()
    for line in (
        "ListenAddress 127.0.0.1",
        "PasswordAuthentication no",
        f"AllowUsers {sftp_server.login()}",
        f"ForceCommand internal-sftp -R -d {tmp_path}/outboxes",
        "DisableForwarding yes",
    ):
        assert f"{line}\n" in text
    assert (tmp_path / "host_key").stat().st_mode & 0o077 == 0
