"""Slips seen again and again between two sides that both believe they are right."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping

from gateway.channels.debugging.values import Claim

HINTS: Mapping[str, tuple[str, str]] = {
    "line_feed_added": ("签名原文末尾多了一个换行。", "A line feed was signed at the end."),
    "line_feed_missing": ("签名原文末尾少了一个换行。", "The last line feed was not signed."),
    "carriage_returns": ("签名时把换行写成了 CRLF。", "Lines were ended with CRLF when signing."),
    "signed_as_utf8": ("签名时用了 UTF-8 字节。", "The text was signed as UTF-8 bytes."),
    "signed_as_gbk": ("签名时用了 GBK 字节。", "The text was signed as GBK bytes."),
    "signed_hex_digest": ("签的是摘要的十六进制,而不是原文。", "A hex digest was signed."),
    "signed_raw_text": (
        "签的是原文,约定为签其十六进制摘要。",
        "The text was signed, not its digest.",
    ),
    "signed_base64": ("签的是 Base64 后的原文。", "The text was signed after Base64."),
    "signature_is_der": ("SM2 签名是 DER 形式,约定为 r‖s。", "The signature is DER, not r and s."),
    "other_user_id": ("SM2 用户标识不是约定的值。", "Another SM2 user id was used."),
    "signed_raw_body": ("签的是整个报文。", "The raw body was signed."),
    "byte_order_mark": ("报文以字节顺序标记(BOM)开头。", "The body begins with a byte order mark."),
    "not_in_encoding": ("报文字节不是约定的编码。", "The bytes are not in the agreed encoding."),
    "looks_like_utf8": ("报文字节像是 UTF-8。", "The bytes look like UTF-8."),
    "space_at_end": ("报文末尾有空白。", "There is white space at the end of the body."),
    "clock_ahead": ("签名方时钟快。", "The signer's clock is ahead of ours."),
    "clock_behind": (
        "签名方时钟慢,或报文来得太迟。",
        "The signer's clock is slow, or it came late.",
    ),
    "clock_by_eight_hours": (
        "相差整八小时:时区弄错了。",
        "Eight hours off: the time zone is wrong.",
    ),
    "theirs_is_signed": (
        "签名对对方给出的原文有效:双方拼出的原文不同。",
        "The signature is right over their text: the texts differ, not the keys.",
    ),
    "other_key": (
        "签名对双方的原文都无效:多半用了另一把密钥。",
        "The signature is right over neither text: most likely another key signed.",
    ),
}
"""Code of a hint to its Chinese and English sentence."""
_BOM = b"\xef\xbb\xbf"


def slips(claim: Claim, body: bytes) -> Iterator[str]:
    """Which known slip would make this signature right; tried on our canonical text."""
    text = claim.canonical
    tries: dict[str, Callable[[], bytes]] = {
        "line_feed_added": lambda: text + b"\n",
        "line_feed_missing": lambda: text.removesuffix(b"\n"),
        "carriage_returns": lambda: text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
        "signed_as_gbk": lambda: _recoded(text, claim.encoding, "gbk"),
        "signed_as_utf8": lambda: _recoded(text, claim.encoding, "utf-8"),
        "signed_hex_digest": lambda: hashlib.sha256(text).hexdigest().encode(),
        "signed_base64": lambda: base64.b64encode(text),
        "signed_raw_body": lambda: body,
    }
    for name, make in tries.items():
        other = make()
        if other != text and claim.verifies(other):
            yield name
    yield from (name for name, holds in claim.slips.items() if holds())


def about_bytes(body: bytes, encoding: str) -> Iterator[str]:
    """What is odd about the body's bytes."""
    if body.startswith(_BOM):
        yield "byte_order_mark"
    if body[-1:].isspace():
        yield "space_at_end"
    if not _is(body, encoding):
        yield "not_in_encoding"
    if encoding.lower() != "utf-8" and not body.isascii() and _is(body, "utf-8"):
        yield "looks_like_utf8"


def about_clock(skew_seconds: int, window_seconds: int) -> Iterator[str]:
    """What a skew beyond the window is made of."""
    if abs(skew_seconds) <= window_seconds:
        return
    yield "clock_behind" if skew_seconds > 0 else "clock_ahead"
    if abs(abs(skew_seconds) - 8 * 3600) <= window_seconds:
        yield "clock_by_eight_hours"


def _is(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _recoded(text: bytes, was: str, wanted: str) -> bytes:
    try:
        return text.decode(was).encode(wanted)
    except (UnicodeDecodeError, UnicodeEncodeError):
        return text
