"""Who is paid, in words that banks take; own money goes only to accounts of the same name."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from base64 import b32encode
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts.clock import business_day
from reserve_funds.custody.bank.errors import OutflowMalformed, PayeeNotOurs
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.handbook import Purpose
from reserve_funds.ledger.values import Ref

_ACCOUNT_NO = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{3,33}")
_BANK_CODE = re.compile(r"(?:[0-9]{12})?")
LONGEST_NAME, LONGEST_REMARK = 120, 60
_USES = {Purpose.OWN_INCOME_SWEEP: ("income", "own"), Purpose.CUSTODY_TRANSFER: ("reserve",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """户名, 账号, 联行号 (12 digits or empty), 开户行. OutflowMalformed if a bank would balk."""

    account_no: str = field(repr=False)
    name: str = field(repr=False)
    bank_code: str = ""
    bank_name: str = ""

    def __post_init__(self) -> None:
        if not _ACCOUNT_NO.fullmatch(self.account_no):
            raise OutflowMalformed(field="payee_no")
        if not _BANK_CODE.fullmatch(self.bank_code):
            raise OutflowMalformed(field="payee_bank_code")
        if not self.name.strip():
            raise OutflowMalformed(field="payee_name")
        check_words("payee_name", self.name, LONGEST_NAME)
        check_words("payee_bank_name", self.bank_name, LONGEST_NAME)


def of_account(account: CustodyAccount) -> Payee:
    """A registered account of ours as a payee."""
    return Payee(
        account_no=account.account_no, name=account.name, bank_name=account.bank.name[:LONGEST_NAME]
    )


def check_words(name: str, words: str, longest: int) -> None:
    """OutflowMalformed for words too long, or with characters that no bank prints."""
    if len(words) > longest or any(unicodedata.category(one)[0] == "C" for one in words):
        raise OutflowMalformed(field=name)


def number_of(instruction_id: UUID, now: datetime) -> str:
    """Its number at the bank: P, day, nine of A-Z 2-7. Sixteen fit every bank (MT940 has 16x)."""
    letters = b32encode(hashlib.sha256(instruction_id.bytes).digest()).decode()
    return f"P{business_day(now):%y%m%d}{letters[:9]}"


def own_account(
    purpose: Purpose, payee: Payee, *, account: CustodyAccount, source: Ref
) -> CustodyAccount | None:
    """The registered account that is paid, for purposes where only such may be; else None.

    PayeeNotOurs unless it is open, of this pool, another than the paying one, of the fitting use,
    and its name is the payee's. A custody transfer debits (`source`) the account it pays to.
    """
    uses = _USES.get(purpose)
    if uses is None:
        return None
    found = CustodyAccount.objects.filter(
        pool=account.pool, account_no=payee.account_no, use__in=uses, closed_on=None
    ).first()
    if found is None or found == account or found.name != payee.name:
        raise PayeeNotOurs(purpose=str(purpose))
    if purpose is Purpose.CUSTODY_TRANSFER and found.ref != source:
        raise PayeeNotOurs(purpose=str(purpose))
    return found
