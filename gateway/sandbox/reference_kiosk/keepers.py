"""The keepers' screens behind the service lock: a new box, the day's settlement, sign-off."""

from __future__ import annotations

from gateway.sandbox.reference_kiosk import service
from gateway.sandbox.reference_kiosk.desk import Desk
from gateway.sandbox.reference_kiosk.paper import yuan
from gateway.sandbox.reference_kiosk.screens import Button, Said, Screen

CLOSED = Screen(
    name="closed",
    heading=("本机已签退", "Signed off"),
    lines=(("用服务钥匙重新开始。", "Turn the service lock to begin again."),),
    tone="waiting",
)


def enter(at: Desk) -> None:
    """The service lock is turned: the keepers' screen; else nothing happens."""
    free = at.screen.name in ("idle", "offline", "stopped", "closed", "problem", "done", "doubt")
    if at.inside.cabinet.unlocked() and free:
        at.show(_staff(at))


def press(at: Desk, word: str) -> None:
    """A key of the keepers' screen."""
    inside = at.inside
    if word == "box":
        before = inside.memory.box
        service.change_box(inside)
        at.show(
            _staff(
                at,
                (
                    f"钱箱 {before} 已换下，交接单已打印。",
                    f"Box {before} is out; its slip is printed.",
                ),
            )
        )
    elif word == "settle":
        at.show(_staff(at, _day(service.settle(inside))))
    elif word == "sign-off":
        service.sign_off(inside)
        at.show(CLOSED)
    elif word == "open":
        at.go_off()


def _day(differing: int | None) -> Said:
    if differing is None:
        return ("没有需要日结的流水。", "There is nothing to settle.")
    if differing:
        return (
            f"日结不一致：{differing} 笔，已上报。",
            f"{differing} records differ; it is reported.",
        )
    return ("日结一致。", "Both sides agree.")


def _staff(at: Desk, said: Said | None = None) -> Screen:
    memory = at.inside.memory
    counted = memory.boxes.get(memory.box, {})
    total = sum(value * many for value, many in counted.items())
    many = sum(counted.values())
    lines: list[Said] = [said] if said else []
    lines += [
        (f"钱箱 {memory.box}：{many} 张", f"Box {memory.box}: {many} notes"),
        (f"待上传流水 {len(memory.waiting)} 笔", f"{len(memory.waiting)} records wait to be sent"),
    ]
    return Screen(
        name="staff",
        heading=("管理员", "Keepers"),
        figure=yuan(total),
        lines=tuple(lines),
        buttons=(
            Button(word="box", said=("更换钱箱", "Change the box")),
            Button(word="settle", said=("日结", "Settle the day")),
            Button(word="sign-off", said=("签退", "Sign off")),
            Button(word="open", said=("返回营业", "Open for business"), kind="main"),
        ),
    )
