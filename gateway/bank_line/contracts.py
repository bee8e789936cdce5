"""Which contract speaks to a bank about an account, and how its folders are described."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from uuid import UUID

from accounts import trail
from accounts.actors import Actor
from accounts.identifiers import new_id
from gateway.bank_line.errors import BankContractUnknown, MailboxFaulty
from gateway.bank_line.models import BankContract, Mailbox
from gateway.payments.models import MerchantAccount
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.custody.statements import reading


def register(
    account: CustodyAccount,
    merchant: MerchantAccount,
    *,
    pays_out: bool,
    statement_source: str,
    statement_due: time,
    since: date,
    actor: Actor,
    now: datetime,
) -> BankContract:
    """The contract for this account, as told last. BankContractUnknown for one of another bank."""
    bank = account.bank.code
    if (merchant.channel, merchant.pool) != (bank, account.pool):
        raise BankContractUnknown(account=str(account.pk))
    told = {
        "bank": bank,
        "merchant": merchant,
        "pays_out": pays_out,
        "statement_source": statement_source,
        "statement_due": statement_due,
        "since": since,
    }
    contract, is_new = BankContract.objects.update_or_create(
        account_id=account.pk, defaults=told, create_defaults={"id": new_id(now), **told}
    )
    if is_new:
        trail.record("bank_contract_registered", actor=actor, now=now, subject=str(contract.pk))
    return contract


def open_mailbox(
    *,
    bank: str,
    host: str,
    port: int,
    login: str,
    key_secret: str,
    host_keys: Sequence[str],
    folder: str,
    files: Mapping[str, str],
    whole_by: str,
    mark: str = "",
    stable_seconds: int = 0,
    actor: Actor,
    now: datetime,
) -> Mailbox:
    """The mailbox at this place, as told last; the trail keeps who told it, and which host keys.

    StatementFormUnknown; MailboxFaulty without a host key or an agreed file name.
    """
    for form in files.values():
        reading.check_form(form)
    if not host_keys or not files or folder.startswith("~") or ".." in folder.split("/"):
        raise MailboxFaulty(field="host_keys, files or folder")
    told = {
        "bank": bank,
        "login": login,
        "key_secret": key_secret,
        "host_keys": list(host_keys),
        "files": dict(files),
        "whole_by": whole_by,
        "mark": mark,
        "stable_seconds": stable_seconds,
        "is_open": True,
    }
    mailbox, _ = Mailbox.objects.update_or_create(
        host=host,
        port=port,
        folder=folder,
        defaults=told,
        create_defaults={"id": new_id(now), **told},
    )
    trail.record(
        "bank_mailbox_described",
        actor=actor,
        now=now,
        subject=str(mailbox.pk),
        host_keys=list(host_keys),
    )
    return mailbox


def for_paying(account_id: UUID) -> BankContract:
    """The contract that pays out of this account; BankContractUnknown."""
    rows = BankContract.objects.select_related("merchant")
    contract = rows.filter(account_id=account_id, pays_out=True).first()
    if contract is None:
        raise BankContractUnknown(account=str(account_id))
    return contract
