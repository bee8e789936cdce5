"""申报未办理: an instruction that never reached its bank, and how long the bank must deny it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import clock
from accounts.errors import DomainError
from gateway.console import custody, custody_words, door, mistakes, words
from gateway.console.seats import OfficerRequest
from reserve_funds.custody.bank import instructions, not_instructed, standing
from reserve_funds.custody.bank.errors import InstructionUnknown, StandingWordMalformed
from reserve_funds.custody.bank.models import Instruction

WHY_NOT: Final[dict[str, str | Promise]] = {
    "not_sent": _("这个指令现在不在途，不用申报。"),
    "bank_knows_it": _("银行说有这个指令号，它会有结果，不能申报未办理。"),
    "too_few_days": _("银行答复没有这个指令号的天数还不够，再等等。"),
    "no_statement": _("还没有到发出那天的对账单，先取来对账单。"),
    "shown": _("对账单里有这个指令号，钱已经付出。"),
}


def ask_declaration(
    request: OfficerRequest, /, *, instruction_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The form: what the bank has answered on which days, what is needed, what would follow."""
    one = _mine(request, instruction_id)
    stands = not_instructed.standing(one.pk)
    waits = next((each for each in not_instructed.open_of({one.pool}) if _is_of(each, one)), None)
    context: dict[str, Any] = mistakes.of(mistake) | {
        "one": one,
        "pool_name": words.pool_names().get(one.pool, str(one.pool)),
        "state": words.of(custody_words.INSTRUCTION, one.state),
        "stands": stands,
        "why": WHY_NOT.get(stands.why, stands.why),
        "waits": waits,
        "may_ask": not stands.why and waits is None and custody.may_ask(request.seat, one.pool),
        "reason": request.POST.get("reason", ""),
        "here": "outflows",
    }
    return render(request, "console/custody/not_instructed.html", context)


@door.acting(custody.MAKERS, ask_declaration)
def declare(request: OfficerRequest, instruction_id: UUID) -> HttpResponse:
    """The proposal; another officer decides, and the money is where it came from again."""
    _mine(request, instruction_id)
    made = not_instructed.ask(
        instruction_id,
        because=request.POST.get("reason", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[made.pk]))


def ask_patience(
    request: OfficerRequest, /, *, pool: int, mistake: DomainError | None = None
) -> HttpResponse:
    """The form: on how many days a bank must deny a number."""
    custody.require(request.seat, pool)
    context = mistakes.of(mistake) | {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "days": request.POST.get("days", ""),
        "here": "custody",
    }
    return render(request, "console/custody/patience.html", context)


@door.acting(custody.MAKERS, ask_patience)
def change_patience(request: OfficerRequest, pool: int) -> HttpResponse:
    """The proposal of another number of days; another officer decides."""
    custody.require(request.seat, pool)
    told = request.POST.get("days", "").strip()
    if not (told.isascii() and told.isdecimal() and len(told) < 4):
        raise StandingWordMalformed(field="days")
    asked = standing.ask_patience(
        pool=pool, days=int(told), maker=request.seat.person, now=clock.now()
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def _is_of(declaration: Any, one: Instruction) -> bool:
    return bool(declaration.instruction_id == one.pk)


def _mine(request: OfficerRequest, instruction_id: UUID) -> Instruction:
    found = instructions.get(instruction_id)
    if not request.seat.reaches(found.pool, custody.READERS):
        raise InstructionUnknown(id=str(instruction_id))
    return found
