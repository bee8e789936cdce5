"""What an outflow would be, and everything that is looked at before it may be asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from accounts.identifiers import new_id
from reserve_funds.custody.bank import payees, profiles, sweeps
from reserve_funds.custody.bank.errors import OutflowMalformed
from reserve_funds.custody.bank.models import CustodyAccount, Instruction, OutflowRequest
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.handbook import Purpose
from reserve_funds.ledger.values import MOST_FEN, Ref

MOST_LINES = 500
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One payment of a request: from which account of the book, to whom, how much."""

    source: Ref
    payee: Payee
    amount_fen: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a registered check is shown, when it is asked and again when it is approved."""

    pool: int
    purpose: Purpose
    account: CustodyAccount
    lines: tuple[Line, ...]
    now: datetime

    @property
    def amount_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)


Check = Callable[[Draft], None]
_checks: dict[str, Check] = {}


def before_asking(check: Check) -> Check:
    """From now on no outflow is asked for or approved that `check` raises a DomainError for."""
    _checks[f"{check.__module__}.{check.__qualname__}"] = check
    return check


def check_words(draft: Draft, because: str) -> None:
    if not because.strip() or len(because) > LONGEST_REASON:
        raise OutflowMalformed(field="because")
    if not 1 <= len(draft.lines) <= MOST_LINES:
        raise OutflowMalformed(field="lines")
    for line in draft.lines:
        if type(line.amount_fen) is not int or not 0 < line.amount_fen <= MOST_FEN:
            raise OutflowMalformed(field="amount_fen")
        payees.check_words("remark", line.remark, payees.LONGEST_REMARK)


def check(draft: Draft) -> None:
    """What may have changed between asking and approving."""
    account = draft.account
    if (account.pool, account.use, account.closed_on) != (draft.pool, "reserve", None):
        raise OutflowMalformed(field="account")
    for line in draft.lines:
        profiles.rule_for(draft.pool, draft.purpose, line.source)
        payees.own_account(draft.purpose, line.payee, account=account, source=line.source)
    if draft.purpose is Purpose.OWN_INCOME_SWEEP:
        if len(draft.lines) != 1:
            raise OutflowMalformed(field="lines")
        sweeps.check(draft.pool, draft.lines[0].source, draft.amount_fen)
    for registered in list(_checks.values()):
        registered(draft)


def instruction_of(draft: Draft, line: Line, route: str) -> Instruction:
    instruction_id = new_id(draft.now)
    paid = payees.own_account(draft.purpose, line.payee, account=draft.account, source=line.source)
    return Instruction(
        id=instruction_id,
        number=payees.number_of(instruction_id, draft.now),
        pool=draft.pool,
        account=draft.account,
        purpose=str(draft.purpose),
        code=profiles.rule_for(draft.pool, draft.purpose, line.source),
        source_kind=line.source.kind,
        source_owner=line.source.owner,
        payee_no=line.payee.account_no,
        payee_name=line.payee.name,
        payee_bank_code=line.payee.bank_code,
        payee_bank_name=line.payee.bank_name,
        payee_account=paid,
        amount_fen=line.amount_fen,
        remark=line.remark,
        route=route,
        asked_at=draft.now,
    )


def draft_of(request: OutflowRequest, instructions: list[Instruction], now: datetime) -> Draft:
    lines = tuple(
        Line(
            source=instruction.source,
            payee=Payee(
                account_no=instruction.payee_no,
                name=instruction.payee_name,
                bank_code=instruction.payee_bank_code,
                bank_name=instruction.payee_bank_name,
            ),
            amount_fen=instruction.amount_fen,
            remark=instruction.remark,
        )
        for instruction in instructions
    )
    purpose = Purpose(request.purpose)
    return Draft(pool=request.pool, purpose=purpose, account=request.account, lines=lines, now=now)
