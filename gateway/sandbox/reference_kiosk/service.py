"""What the machine does for its keepers: enrolment, sign-on, heartbeat, box, day, sign-off."""

from __future__ import annotations

import hashlib
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.sandbox.reference_kiosk import forwarding
from gateway.sandbox.reference_kiosk.machine import VERSION, Inside, fresh
from gateway.sandbox.reference_kiosk.paper import box_slip
from gateway.sandbox.reference_kiosk.wire import Refused

SHANGHAI = ZoneInfo("Asia/Shanghai")


def enrol(inside: Inside, code: str) -> bool:
    """Makes this machine's key known; False when the house does not take code and key. Silent."""
    try:
        told = inside.wire.enrol(code)
    except Refused:
        return False
    inside.keep("enrolled", kiosk=told["kiosk"], key_id=told["key_id"])
    return True


def sign_on(inside: Inside) -> bool:
    """签到, the list of cards not to serve, and a box in place; False: stopped. Silent, Refused."""
    told = inside.wire.post("sign-on", key=fresh())
    inside.wire.machine.work_key = bytes.fromhex(told["work_key"])
    inside.keep(
        "signed_on",
        parameters=told["parameters"],
        next_record=told["next_record"],
        list_version=told["list_version"],
    )
    if told["stopped"]:
        return False
    _fetch_list(inside)
    if inside.memory.boxing or not inside.memory.box:
        change_box(inside)
    return True


def sign_off(inside: Inside) -> None:
    """签退: nothing works before the next sign-on. Silent."""
    inside.wire.post("sign-off", key=fresh())
    inside.keep("signed_off")


def change_box(inside: Inside) -> None:
    """A new box is in; the slip of the one before is printed for those who count it. Silent."""
    memory = inside.memory
    inside.cabinet.let_fall(0)
    forwarding.hear_notes(inside)
    if not memory.boxing:
        inside.keep("boxing", key=fresh())
    before = memory.box
    told = inside.wire.post("boxes", key=memory.boxing)
    inside.keep("box", box=told["box"])
    if before and before != memory.box:
        lines = box_slip(memory.kiosk, before, memory.boxes[before], inside.wire.now())
        inside.cabinet.print_(lines, before)


def settle(inside: Inside) -> int | None:
    """日结 of every record since the last one that agreed; how many differ; None for nothing.

    A settlement that was begun is ended with the same records. Silent, Refused.
    """
    memory = inside.memory
    forwarding.flush(inside)
    forwarding.order_left_cash(inside)
    if memory.settling is None:
        first, last = memory.settled_to + 1, memory.last_number
        if last < first:
            return None
        day = inside.wire.now().astimezone(SHANGHAI).date().isoformat()
        inside.keep("settling", first=first, last=last, day=day)
    assert memory.settling is not None
    first, last, day = (memory.settling[name] for name in ("first", "last", "day"))
    machine = inside.wire.machine
    machine.journal = [one.line for one in memory.records.values() if first <= one.number <= last]
    told = inside.wire.settle(first, last, day, whole=False)
    if told["send_records"]:
        told = inside.wire.settle(first, last, day, whole=True)
    if told["state"] != "agreed":
        return len(told["differences"])
    inside.keep("settled", first=first, last=last, day=day)
    return 0


def heartbeat(inside: Inside, said_at: datetime) -> bool:
    """心跳; whether the house has stopped this machine. Silent, Refused."""
    memory = inside.memory
    counted = memory.boxes.get(memory.box, {})
    refused = any(one.state == "refused" for one in memory.records.values())
    wish = {
        "version": VERSION,
        "paper": "full",
        "cash_fen": sum(value * many for value, many in counted.items()),
        "notes": sum(counted.values()),
        "error_codes": ["record_refused"] if refused else [],
        "waiting_records": len(memory.waiting),
        "said_at": said_at.isoformat(),
    }
    told = inside.wire.post("heartbeats", wish, key=fresh())
    if told["list_version"] != memory.list_version:
        _fetch_list(inside)
    return bool(told["stopped"])


def is_listed(inside: Inside, card_no: str) -> bool:
    """Whether the card must not be served."""
    asn = f"0{card_no}".encode("ascii")
    return hashlib.sha256(asn).hexdigest()[:32] in inside.listed


def _fetch_list(inside: Inside) -> None:
    """The whole list, page by page; it is small and never kept on the machine."""
    version, listed = 0, set[str]()
    while True:
        page = inside.wire.get(f"card-list/{version}")
        for entry in page["entries"]:
            if entry["act"] == "delisted":
                listed.discard(entry["card_digest"])
            else:
                listed.add(entry["card_digest"])
        version = int(page["version"])
        if not page["more"]:
            break
    inside.listed, inside.memory.list_version = listed, version
