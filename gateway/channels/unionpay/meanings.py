"""What 银联's codes and dates stand for: tables, and years for dates that come without one.

Codes: the tables in UnionPay's published development kits (several public copies agree, B). A code
that stands in no table means that the outcome is unknown.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from gateway.channels.errors import (
    ChannelAskAgain,
    ChannelOrderUnknown,
    ChannelRefundUnknown,
    ChannelRefused,
)
from gateway.channels.port import PaymentState, RefundState
from gateway.channels.unionpay.words import NotWords

SHANGHAI = ZoneInfo("Asia/Shanghai")
SUCCESS, DEFECTIVE_SUCCESS = "00", "A6"
DONE = frozenset({SUCCESS, DEFECTIVE_SUCCESS})
ACCEPTED = "05"
UNDECIDED = frozenset({"03", "04", ACCEPTED})
TAKEN_BEFORE = "12"  # 重复交易: this number at this time is known there already
NO_SUCH_TRANSACTION = "34"
NO_SUCH_FILE = "98"
# An attempt that came to nothing; the same order may still be paid by another card. 42 (charged,
# but after its time) is not among them: UnionPay says it gives such money back by itself (C).
FAILED = frozenset(
    {"01", "30", "31", "32", "33", "38", "39", "40", "43", "44"}
    | {str(code) for code in range(60, 78)}
)
REFUSED = FAILED | {"10", "11", TAKEN_BEFORE, "13", "35", "36", "45"}
ASK_AGAIN = frozenset({"02", "06", "37"})


def payment_state(code: str) -> PaymentState:
    """What the code of a transaction says of a payment."""
    if code in DONE:
        return PaymentState.PAID
    return PaymentState.FAILED if code in FAILED else PaymentState.UNKNOWN


def refund_state(code: str) -> RefundState:
    """What the code of a transaction says of a refund; a failed one will not reach the payer."""
    if code in DONE:
        return RefundState.DONE
    if code == ACCEPTED:
        return RefundState.PROCESSING
    return RefundState.CLOSED if code in FAILED else RefundState.UNKNOWN


def refusal(code: str, *, of_refund: bool = False) -> ChannelRefused | ChannelAskAgain | None:
    """What a code other than success says of our own request; None: the outcome is unknown."""
    if code == NO_SUCH_TRANSACTION:
        unknown = ChannelRefundUnknown if of_refund else ChannelOrderUnknown
        return unknown("no such transaction there", channel_code=code)
    if code in ASK_AGAIN:
        return ChannelAskAgain("asked to come again", channel_code=code)
    if code in REFUSED:
        return ChannelRefused("refused", channel_code=code)
    return None


def stamp_of(moment: datetime) -> str:
    """YYYYMMDDhhmmss in Shanghai: txnTime, with orderId the identity of a transaction."""
    return moment.astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S")


def moment_of_stamp(text: str) -> datetime:
    """The moment of a YYYYMMDDhhmmss; NotWords."""
    if len(text) != 14 or not (text.isascii() and text.isdecimal()):
        raise NotWords("a time is not YYYYMMDDhhmmss")
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI).astimezone(UTC)
    except ValueError:
        raise NotWords("a time is not YYYYMMDDhhmmss") from None


def moment_near(text: str, base: datetime) -> datetime:
    """The moment of a MMDDhhmmss in the year that brings it nearest to `base`; NotWords."""
    if len(text) != 10 or not (text.isascii() and text.isdecimal()):
        raise NotWords("a time is not MMDDhhmmss")
    return min(
        (moment for moment in _in_years(text, base) if moment is not None),
        key=lambda moment: abs(moment - base),
        default=None,
    ) or _no_such_date(text)


def day_near(text: str, base: datetime) -> date:
    """The Shanghai day of a MMDD in the year that brings it nearest to `base`; NotWords."""
    return moment_near(f"{text}120000", base).astimezone(SHANGHAI).date()


def _in_years(text: str, base: datetime) -> list[datetime | None]:
    year = base.astimezone(SHANGHAI).year
    return [_in_year(text, one) for one in (year - 1, year, year + 1)]


def _in_year(text: str, year: int) -> datetime | None:
    try:
        return moment_of_stamp(f"{year:04d}{text}")
    except NotWords:
        return None


def _no_such_date(text: str) -> datetime:
    raise NotWords(f"there is no such date as {text}")
