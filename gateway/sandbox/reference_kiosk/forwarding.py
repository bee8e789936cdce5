"""What was written down and not yet said: after a kill, a cut line, a day without network.

Records go to the house by their numbers. One that it refuses for good stays the kiosk's, shows in
the heartbeat, and is a difference of the day; it never holds up the next.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from gateway.sandbox.reference_kiosk.machine import Inside, fresh
from gateway.sandbox.reference_kiosk.memory import Intake, Record
from gateway.sandbox.reference_kiosk.paper import slip, yuan
from gateway.sandbox.reference_kiosk.wire import Refused

NOTES_PER_CALL = 200
LOST_ANSWER = ["TORN"]
NO_ORDER = frozenset(
    {
        "kiosk_intake_not_found",
        "kiosk_intake_over",
        "kiosk_nothing_taken",
        "kiosk_prepaid_other_pool",
        "kiosk_quota_used_up",
        "pool_winding_down",
    }
)
NOT_YET = frozenset({"kiosk_not_signed_on", "kiosk_not_in_service"})


def pick_up(inside: Inside) -> None:
    """After a start: notes that the acceptor counted and nobody wrote down, and a load in the air.

    A load whose CREDIT may have reached the card, and whose answer is lost, becomes a doubt; only
    the card can say, at its next tap.
    """
    inside.cabinet.let_fall(0)
    hear_notes(inside)
    load = inside.memory.crediting
    if load is not None:
        record_answer(inside, LOST_ANSWER)


def hear_notes(inside: Inside) -> int:
    """Writes down every note that the acceptor counted; only then is it credit. How many."""
    memory = inside.memory
    fallen = inside.cabinet.fallen(memory.note_seen)
    for seen, value_fen in fallen:
        intake = list(memory.intakes.values())[-1]
        note = {
            "number": inside.next_number(),
            "intake_id": intake.id,
            "box": memory.box,
            "value_fen": value_fen,
            "said_at": inside.wire.now().isoformat(),
        }
        inside.keep("note", seen=seen, note=note)
    return len(fallen)


def record_answer(inside: Inside, answers: list[str]) -> Record:
    """The card's answer to CREDIT, or that there was none, as the next record of the journal."""
    load = inside.memory.crediting
    assert load is not None, "CREDIT was given out"
    has_tac = bool(answers) and len(answers[0]) == 12 and answers[0].endswith("9000")
    number = inside.next_number()
    wish = {
        "answers": answers,
        "number": number,
        "said_at": inside.wire.now().isoformat(),
    }
    inside.keep(
        "answered",
        id=load.id,
        amount_fen=load.amount_fen,
        outcome="load" if has_tac else "doubt",
        wish=wish,
    )
    return inside.memory.records[number]


def flush(inside: Inside) -> None:
    """Says everything that waits, in order, then makes orders of cash that has none. Silent."""
    waiting = inside.memory.waiting
    for kind, group in groupby(waiting, key=lambda one: one.kind == "note"):
        records = list(group)
        if kind:
            for at in range(0, len(records), NOTES_PER_CALL):
                _say_notes(inside, records[at : at + NOTES_PER_CALL])
        else:
            for record in records:
                say_proof(inside, record)


def order_left_cash(inside: Inside) -> None:
    """Cash whose customer is gone, or was cut off, becomes the card's order. Silent."""
    for intake in inside.memory.unordered:
        order(inside, intake)


def order(inside: Inside, intake: Intake) -> dict[str, object] | None:
    """Makes the order of an intake and opens its load; None when no load was opened.

    Asked again, before or after a kill, it is the same order. Cash that cannot become one stays
    on record with the house, and people are told (`kept`).
    """
    wish = {"card_no": intake.card_no, "aid": intake.aid, "intake_id": intake.id}
    try:
        opened = inside.wire.post("cash-loads", wish, key=intake.order_key)
    except Refused as refused:
        if refused.code in NOT_YET or refused.status in (401, 429):
            raise
        if refused.code not in NO_ORDER:
            inside.keep("ordered", id=intake.id, state="ordered")
            return None
        slip_ = _kept_slip(inside, intake)
        inside.keep("ordered", id=intake.id, state="kept")
        inside.cabinet.print_(*slip_)
        return None
    inside.keep("ordered", id=intake.id, state="ordered")
    return opened


def say_proof(inside: Inside, record: Record) -> dict[str, object] | None:
    """Sends one proof; what the house makes of it, None when it refused it. Silent."""
    try:
        told = inside.wire.post(f"loads/{record.ref}/proof", record.wish, key=fresh())
    except Refused as refused:
        _refused(inside, [record], refused)
        return None
    inside.keep("told", numbers=[record.number], state="taken")
    return told


def _say_notes(inside: Inside, records: list[Record]) -> None:
    """A batch is taken whole or not at all; a refused one is said note by note."""
    try:
        inside.wire.post("notes", {"notes": [one.wish for one in records]}, key=fresh())
    except Refused as refused:
        if len(records) == 1 or refused.code in NOT_YET:
            _refused(inside, records, refused)
            return
        for record in records:
            _say_notes(inside, [record])
        return
    inside.keep("told", numbers=[one.number for one in records], state="taken")


def _refused(inside: Inside, records: list[Record], refused: Refused) -> None:
    """For good only where the house judged the record; what speaks of the moment is said again."""
    if refused.code in NOT_YET or refused.status in (401, 429):
        raise refused
    inside.keep("told", numbers=[one.number for one in records], state="refused")


def _kept_slip(inside: Inside, intake: Intake) -> tuple[list[str], str]:
    """The house's slip: how the cash comes back, and the link that follows it; else its number."""
    try:
        told: dict[str, Any] = inside.wire.get(f"intakes/{intake.id}/receipt")
    except Refused as refused:
        if refused.code != "kiosk_intake_not_found":
            raise
        said = [
            f"已收现金 {yuan(intake.taken_fen)}",
            "金额已记录，请凭卡和凭条到柜台",
            f"凭据 {intake.id}",
        ]
        return slip(inside.memory.kiosk, intake.card_no, said, inside.wire.now()), intake.id
    return [str(line) for line in told["lines"]], str(told["qr"])
