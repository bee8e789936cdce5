"""What stands on the screen: a name, a heading, lines and buttons, each in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Said = tuple[str, str]
"""The same sentence in Chinese and in English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button, its word, and how it looks: main, plain or quiet."""

    word: str
    said: Said
    kind: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One screen. `figure` is the one number that matters; `code` an SVG to scan."""

    name: str
    heading: Said
    lines: tuple[Said, ...] = ()
    figure: str = ""
    code: str = ""
    code_said: Said = ("", "")
    buttons: tuple[Button, ...] = ()
    tone: str = "calm"
    field: Said | None = None

    def told(self, language: str) -> dict[str, Any]:
        """In one language, as the page is given it."""
        at = 0 if language == "zh" else 1
        return {
            "name": self.name,
            "tone": self.tone,
            "heading": self.heading[at],
            "lines": [line[at] for line in self.lines],
            "figure": self.figure,
            "code": self.code,
            "code_said": self.code_said[at],
            "field": self.field[at] if self.field else "",
            "buttons": [
                {"word": one.word, "said": one.said[at], "kind": one.kind} for one in self.buttons
            ],
        }


BACK = Button(word="cancel", said=("返回", "Back"), kind="quiet")
FINISH = Button(word="finish", said=("完成", "Finish"), kind="main")

IDLE = Screen(
    name="idle",
    heading=("请把卡平放在读卡区", "Lay your card on the reader"),
    lines=(
        ("现金、扫码充值，或领取已付款的充值。", "Cash, scan, or collect what you have paid."),
        ("放好后请不要移开，直到提示完成。", "Leave it there until you are told that it is done."),
    ),
)  # fmt: skip
SETUP = Screen(
    name="setup",
    heading=("输入启用码", "Enter the enrolment code"),
    lines=(("启用码由两名管理员批准后发出，24 小时内有效。",
            "Two officers give it out; it is good for 24 hours."),),
    field=("启用码", "Enrolment code"),
    buttons=(Button(word="enrol", said=("启用", "Enrol"), kind="main"),),
)  # fmt: skip
SETUP_REFUSED = Screen(
    name="setup",
    heading=("启用码无效", "The code was not accepted"),
    lines=(("它可能用过、过期或输错。请再输入，或请管理员重新发码。",
            "It is wrong, used or over. Try again, or ask the officers for a new one."),),
    field=("启用码", "Enrolment code"),
    buttons=(Button(word="enrol", said=("启用", "Enrol"), kind="main"),),
    tone="wrong",
)  # fmt: skip
OFFLINE = Screen(
    name="offline",
    heading=("暂时不能充值", "No top-ups for the moment"),
    lines=(
        ("网络中断，正在恢复。已收的现金和已写的卡都有记录，不会丢失。",
         "The line is down. Cash taken and cards written are on record; nothing is lost."),
        ("请到其他终端办理，或稍后再来。", "Please use another machine, or come back later."),
    ),
    tone="waiting",
)  # fmt: skip
STOPPED = Screen(
    name="stopped",
    heading=("本机暂停服务", "This machine is out of service"),
    lines=(("请到其他终端办理。", "Please use another machine."),),
    tone="waiting",
)
READING = Screen(
    name="reading",
    heading=("正在读卡", "Reading the card"),
    lines=(("请不要移开卡。", "Do not take the card away."),),
)
WRITING = Screen(
    name="writing",
    heading=("正在写卡", "Writing to the card"),
    lines=(("请不要移开卡。", "Do not take the card away."),),
    tone="waiting",
)
UNREADABLE = Screen(
    name="problem",
    heading=("这张卡读不出来", "This card cannot be read"),
    lines=(("请拿开再放一次；仍不行，请到服务网点。",
            "Lift it and lay it down again; otherwise ask at a counter."),),
    tone="wrong",
    buttons=(FINISH,),
)  # fmt: skip
LISTED = Screen(
    name="problem",
    heading=("这张卡不能在这里充值", "This card cannot be topped up here"),
    lines=(("它已挂失或停用，卡里的钱不受影响。请到服务网点。",
            "It was reported lost or stopped; its money is safe. Ask at a counter."),),
    tone="wrong",
    buttons=(FINISH,),
)  # fmt: skip


def doubt(amount: str) -> Screen:
    """The card left before it was known whether it was written."""
    return Screen(
        name="doubt",
        heading=("请把同一张卡再放一次", "Lay the same card down once more"),
        lines=(
            ("卡移开得太早，还不知道是否写好。", "It left too early; nobody knows what it holds."),
            ("您的钱没有丢：在任何终端或手机上再放一次就会自动核对。",
             "Your money is safe: any machine or phone settles it at the next tap."),
        ),
        figure=amount,
        tone="waiting",
        buttons=(FINISH,),
    )  # fmt: skip


def problem(zh: str, en: str) -> Screen:
    """Something was refused: what it means and what to do."""
    return Screen(
        name="problem",
        heading=("这次没有办成", "That did not work"),
        lines=((zh, en),),
        tone="wrong",
        buttons=(FINISH,),
    )
