"""抬头: to whom an invoice is made out; an enterprise's number by its check character."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from gateway.invoice.errors import TaxpayerNoWrong, TitleNotUnderstood

PERSONAL, ENTERPRISE = "personal", "enterprise"
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_BASE = len(_ALPHABET)
_LONG = 18
_NAME = re.compile(r"[^\x00-\x1f\x7f<>&\"'\\|%$#@^`~{}\[\]=;]{2,50}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A person's name, or an enterprise's with its 纳税人识别号 (empty for a person)."""

    kind: str
    name: str
    taxpayer_no: str = ""


def understand(kind: str, name: str, taxpayer_no: str = "") -> Title:
    """The title as an invoice carries it. TitleNotUnderstood, TaxpayerNoWrong.

    A person who gives no name is 个人; a person has no taxpayer number, whatever was sent.
    """
    called = " ".join(unicodedata.normalize("NFC", name).split())
    if kind == PERSONAL:
        called = called or "个人"
    if kind not in (PERSONAL, ENTERPRISE) or not _NAME.fullmatch(called):
        raise TitleNotUnderstood(kind=kind[:20], length=len(called))
    number = understand_taxpayer_no(taxpayer_no) if kind == ENTERPRISE else ""
    return Title(kind=kind, name=called, taxpayer_no=number)


def understand_taxpayer_no(text: str) -> str:
    """The 18 capitals and digits of a unified social credit code (GB 32100); TaxpayerNoWrong.

    Since 三证合一 (2015) it is the taxpayer number of every enterprise.
    """
    number = re.sub(r"[ \-]", "", text.strip()).upper()
    if len(number) != _LONG or not set(number) <= set(_ALPHABET):
        raise TaxpayerNoWrong(length=len(number))
    if check_of(number[:-1]) != number[-1]:
        raise TaxpayerNoWrong("check character")
    return number


def check_of(first: str) -> str:
    """The check character of the first seventeen (GB 32100 5.6: weights 3^i, modulus 31)."""
    total = sum(_ALPHABET.index(one) * pow(3, place, _BASE) for place, one in enumerate(first))
    return _ALPHABET[-total % _BASE]
