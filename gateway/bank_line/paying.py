"""Tells a bank to pay, once: `sent` is committed before the call, silence is only asked about."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts import trail
from accounts.actors import Actor
from gateway.bank_line import contracts, suspending
from gateway.bank_line.errors import PayoutNumberTaken
from gateway.bank_line.models import BankContract
from gateway.channels.banks.payouts.speaking import BankAccountLine, line_of
from gateway.channels.banks.payouts.values import PayoutFact, PayoutState, PayoutWish
from gateway.channels.errors import AnswerForged, ChannelKeyUnknown, ChannelSilent
from gateway.channels.reasons import sayable
from gateway.payments.line import Line
from reserve_funds.custody.bank import instructions
from reserve_funds.custody.bank.errors import InstructionNotReady
from reserve_funds.custody.bank.instructions import Answer, Said
from reserve_funds.custody.bank.models import Instruction

NOTHING_LEARNT = (ChannelSilent, AnswerForged, ChannelKeyUnknown)


def carry(instruction_id: UUID, *, now: datetime) -> bool:
    """Sends an instruction that is ready, asks about one that was sent; True when the bank is done.

    Open no transaction around it. Before anything is sent the bank is asked for the number: one
    that cannot be reached, or that knows the number already, is told nothing, and the instruction
    stays ready. So it does at a suspended bank: nothing is left to do until it is taken up again.
    Raises what that question raises, BankContractUnknown, WishRefused when the words cannot be
    said at this bank, PayoutNumberTaken.
    """
    instruction = instructions.get(instruction_id)
    if instruction.state == "ready":
        if suspending.is_held(instruction):
            return True
        return _Payout(instruction).send(now)
    if instruction.state == "sent" and instruction.said != Said.PAID:
        return _Payout(instruction).ask(now)
    return True


class _Payout:
    """One instruction and the line to its bank."""

    def __init__(self, instruction: Instruction) -> None:
        self._instruction = instruction
        self._contract: BankContract = contracts.for_paying(instruction.account_id)
        self._dialect: BankAccountLine = line_of(self._contract.bank)
        self._line = Line(self._contract.merchant)
        self._wish = _wish(instruction, self._dialect)

    def send(self, now: datetime) -> bool:
        self._try_the_words(now)
        known = self._query()
        if not known.never_taken:
            if instructions.get(self._instruction.pk).state != "ready":
                return self._keep(known, now)  # another hand has sent it meanwhile
            self._refuse_taken_number(known, now)
        try:
            instructions.sending(self._instruction.pk, now=now)
        except InstructionNotReady:
            return False
        return self._keep(self._first_call(), now)

    def ask(self, now: datetime) -> bool:
        return self._keep(self._query(), now)

    def _first_call(self) -> PayoutFact:
        """The one call that may move money; a refusal counts once the bank has not got the number.

        A refusal does not repeat our number, so it is not proven to be about this instruction.
        """
        try:
            fact = self._instruct()
            if fact.state is PayoutState.REJECTED and fact.raw_state in self._dialect.words.refused:
                now_known = self._query()
                return fact if now_known.never_taken else now_known
        except NOTHING_LEARNT as silence:
            return self._unknown(silence.code)
        return fact

    def _instruct(self) -> PayoutFact:
        return self._line.ask(
            lambda _, merchant, stamp: self._dialect.pay_out(
                merchant, self._wish, now=stamp.now, nonce=stamp.nonce
            ),
            lambda _, merchant, response, at: self._dialect.read_pay_out(
                merchant, response, now=at
            ),
        ).fact

    def _query(self) -> PayoutFact:
        number, amount_fen = self._wish.payout_no, self._wish.amount_fen
        return self._line.ask(
            lambda _, merchant, stamp: self._dialect.query(
                merchant, number, amount_fen, now=stamp.now, nonce=stamp.nonce
            ),
            lambda _, merchant, response, at: self._dialect.read_query(merchant, response, now=at),
        ).fact

    def _keep(self, fact: PayoutFact, now: datetime) -> bool:
        answer = Answer(
            state=Said(fact.state.value),
            no_such_number=fact.never_taken,
            bank_no=fact.bank_no,
            reason=fact.reason or fact.raw_state,
        )
        instructions.answered(self._instruction.pk, answer, now=now)
        return fact.state in (PayoutState.PAID, PayoutState.REJECTED)

    def _try_the_words(self, now: datetime) -> None:
        """WishRefused while the instruction is still ready and nothing has left."""
        self._dialect.pay_out(self._line.merchant, self._wish, now=now, nonce="0" * 32)

    def _unknown(self, code: str) -> PayoutFact:
        return PayoutFact(
            payout_no=self._wish.payout_no,
            state=PayoutState.UNKNOWN,
            raw_state="",
            reason=code,
        )

    def _refuse_taken_number(self, known: PayoutFact, now: datetime) -> None:
        facts = {"number": self._wish.payout_no, "state": known.state.value}
        actor = Actor(kind="channel", id=self._contract.bank)
        trail.alarm(
            PayoutNumberTaken.code,
            actor=actor,
            now=now,
            subject=f"instruction:{self._instruction.pk}",
            **facts,
        )
        raise PayoutNumberTaken(**facts)


def _wish(instruction: Instruction, dialect: BankAccountLine) -> PayoutWish:
    """In the bank's lengths; our number leads the purpose, for statements that print only that."""
    said = f"{instruction.number} {instruction.remark}".strip()
    return PayoutWish(
        payout_no=instruction.number,
        payer_account=instruction.account.account_no,
        payee_account=instruction.payee_no,
        payee_name=instruction.payee_name,
        payee_bank_no=instruction.payee_bank_code,
        payee_bank_name=instruction.payee_bank_name,
        amount_fen=instruction.amount_fen,
        purpose=sayable(said, dialect.words.longest_purpose),
    )
