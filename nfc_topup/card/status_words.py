"""What a status word means, for people, and what it says about the credit: at most a claim."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Says(StrEnum):
    """What a status word says about whether value was added. None of them is a proof."""

    ACCEPTED = "accepted"  # the command was carried out; a TAC must still verify
    NOT_CREDITED_CLAIMED = "not_credited_claimed"  # unauthenticated: a terminal could write it
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusWord:
    """One status word. `known` is False when no table we know lists it."""

    sw: int
    zh: str
    en: str
    says: Says
    known: bool = True

    @property
    def text(self) -> str:
        """Four upper-case hex digits."""
        return f"{self.sw:04X}"


VERIFY, INITIALIZE, CREDIT, PROVE = 0x20, 0x50, 0x52, 0x5A


def meaning(sw: int, ins: int | None = None) -> StatusWord:
    """Meaning of `sw` (0 to 0xFFFF) after the command with instruction byte `ins`.

    Source: the table carried alike by six code bases, and the quirks seen on two running cards
    (a wrong PIN answers 63Cn or 6C0n; a blocked one 6983 or 6A83).
    """
    if sw == 0x9000:
        return StatusWord(sw=sw, zh="成功", en="done", says=Says.ACCEPTED)
    zh, en, known = _words(sw, ins)
    says = Says.NOT_CREDITED_CLAIMED if ins == CREDIT and known else Says.NOTHING
    return StatusWord(sw=sw, zh=zh, en=en, says=says, known=known)


def _words(sw: int, ins: int | None) -> tuple[str, str, bool]:
    if sw & 0xFFF0 == 0x63C0 or (ins == VERIFY and sw & 0xFFF0 == 0x6C00):
        left = sw & 0x0F
        return f"密码验证失败,还可试 {left} 次", f"PIN wrong, {left} tries left", True
    if ins is not None and (ins, sw) in _BY_COMMAND:
        return *_BY_COMMAND[ins, sw], True
    if sw in _TABLE:
        return *_TABLE[sw], True
    if sw >> 8 == 0x6C:
        return f"长度应为 {sw & 0xFF}", f"wrong Le, {sw & 0xFF} is right", True
    if sw >> 8 == 0x61:
        return f"还有 {sw & 0xFF} 字节可取", f"{sw & 0xFF} bytes are waiting", True
    return "不认识的状态字", "unknown status word", False


_BY_COMMAND: dict[tuple[int, int], tuple[str, str]] = {
    (VERIFY, 0x6A83): ("密码已锁定", "PIN blocked"),
    (INITIALIZE, 0x6581): ("密钥索引不支持", "key index not supported"),
    (INITIALIZE, 0x6A83): ("密钥索引不支持", "key index not supported"),
    (INITIALIZE, 0x6985): ("现在不能圈存(余额会超限或条件不满足)", "load not possible now"),
    (INITIALIZE, 0x9501): ("余额会超过上限", "balance would exceed its limit"),
    (CREDIT, 0x6901): ("没有进行中的圈存", "no load in progress"),
    (CREDIT, 0x6982): ("MAC2 错误或没有进行中的圈存", "MAC2 wrong or no load in progress"),
    (CREDIT, 0x6985): ("没有进行中的圈存", "no load in progress"),
    (CREDIT, 0x9501): ("余额会超过上限", "balance would exceed its limit"),
    (PROVE, 0x6985): ("没有可取的交易凭证", "no proof kept"),
}

_TABLE: dict[int, tuple[str, str]] = {
    0x6200: ("警告,数据未变", "warning, nothing changed"),
    0x6281: ("返回的数据可能有误", "data may be corrupted"),
    0x6283: ("文件已失效", "file invalidated"),
    0x6300: ("认证失败", "authentication failed"),
    0x6400: ("状态未变", "state unchanged"),
    0x6581: ("存储器故障", "memory failure"),
    0x6700: ("长度错误", "wrong length"),
    0x6881: ("不支持逻辑通道", "logical channel not supported"),
    0x6882: ("不支持安全报文", "secure messaging not supported"),
    0x6900: ("不能处理", "cannot be processed"),
    0x6901: ("当前状态不接受命令", "command not accepted in this state"),
    0x6981: ("文件类型不符", "wrong file type"),
    0x6982: ("安全条件不满足(需要密码)", "security not satisfied (PIN)"),
    0x6983: ("密码已锁定", "PIN blocked"),
    0x6984: ("随机数无效", "random number invalid"),
    0x6985: ("使用条件不满足", "conditions of use not satisfied"),
    0x6986: ("没有选择文件", "no current file"),
    0x6987: ("缺少安全报文", "secure messaging missing"),
    0x6988: ("安全报文 MAC 错误", "secure messaging MAC wrong"),
    0x6999: ("应用未选择", "application not selected"),
    0x6A80: ("数据域错误", "data wrong"),
    0x6A81: ("应用已锁定或不支持", "application locked or not supported"),
    0x6A82: ("文件不存在", "file not found"),
    0x6A83: ("记录不存在", "record not found"),
    0x6A84: ("空间不足", "not enough space"),
    0x6A86: ("P1 P2 错误", "wrong P1 P2"),
    0x6A88: ("密钥不存在", "key not found"),
    0x6B00: ("偏移错误", "wrong offset"),
    0x6D00: ("不支持的指令", "instruction not supported"),
    0x6E00: ("不支持的类别", "class not supported"),
    0x6F00: ("卡内错误", "card's own error"),
    0x9301: ("余额不足", "insufficient funds"),
    0x9302: ("MAC 无效", "MAC invalid"),
    0x9303: ("应用永久锁定", "application locked for ever"),
    0x9401: ("余额不足", "insufficient funds"),
    0x9402: ("交易序号已到最大值", "counter at its maximum"),
    0x9403: ("密钥索引不支持", "key index not supported"),
    0x9406: ("所需 MAC 不可用", "required MAC not available"),
    0x9501: ("余额会超过上限", "balance would exceed its limit"),
}
