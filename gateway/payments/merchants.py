"""Our merchant accounts: which one takes money for a pool, and the channel's view of it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Subquery

from accounts import secrets
from accounts.models import PartnerBank
from gateway.channels.port import Merchant
from gateway.payments.errors import BankNotTaking, MerchantUnknown
from gateway.payments.models import MerchantAccount


def account_for(*, pool: int, channel: str) -> MerchantAccount:
    """The open account of a pool with a channel, for a new payment. Raises MerchantUnknown.

    BankNotTaking when the channel is a partner bank that is not active.
    """
    bank = PartnerBank.objects.filter(code=OuterRef("channel"))
    account = (
        MerchantAccount.objects.filter(pool=pool, channel=channel, open_for_payments=True)
        .annotate(bank_state=Subquery(bank.values("state")))
        .first()
    )
    if account is None:
        raise MerchantUnknown(pool=pool, channel=channel)
    if account.bank_state not in (None, "active"):
        raise BankNotTaking(pool=pool, channel=channel, state=account.bank_state)
    return account


def account_by_id(account_id: UUID, channel: str) -> MerchantAccount | None:
    """The account a callback address names, open or not: late notices still count."""
    return MerchantAccount.objects.filter(pk=account_id, channel=channel).first()


def spoken_for(account: MerchantAccount) -> Merchant:
    """The account with its secrets read by name, as adapters know it. Raises SecretMissing."""
    return replace(
        without_secrets(account),
        signing_key_pem=secrets.read(account.signing_key_secret),
        shared_key=secrets.read(account.shared_key_secret) if account.shared_key_secret else b"",
    )


def without_secrets(account: MerchantAccount) -> Merchant:
    """The account as adapters know it, unable to sign: for whoever only looks at signatures."""
    base = f"{account.notify_base_url.rstrip('/')}/callbacks/{account.channel}/{account.pk}"
    return Merchant(
        channel=account.channel,
        merchant_no=account.merchant_no,
        app_no=account.app_no,
        base_url=account.base_url,
        notify_url=base,
        refund_notify_url=base,
        signing_serial=account.signing_serial,
        signing_key_pem=b"",
        trusted_roots_pem=account.trusted_roots.encode(),
        options=account.options,
        platform_keys={name: pem.encode() for name, pem in account.platform_keys.items()},
    )


def learn_keys(account: MerchantAccount, keys: dict[str, str]) -> None:
    """Adds the channel's newly published keys beside those the row knows, so that they overlap.

    Whoever learns or is given another key meanwhile waits for the row: none is forgotten.
    """
    with transaction.atomic():
        row = MerchantAccount.objects.select_for_update().get(pk=account.pk)
        account.platform_keys = row.platform_keys | keys
        MerchantAccount.objects.filter(pk=row.pk).update(platform_keys=account.platform_keys)
