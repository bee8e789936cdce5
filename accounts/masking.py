"""How numbers that belong to people are shown: enough to recognise, too little to use."""

from __future__ import annotations

import re

_CARD_IN_TEXT = re.compile(r"(?<!\d)0?(310\d)\d{11}(\d{4})(?!\d)")
_PHONE_IN_TEXT = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def mask_phone(phone: str) -> str:
    """`13812340984` as `138****0984`; anything that is no phone number as stars alone."""
    return re.sub(_PHONE_IN_TEXT, r"\1****\2", phone) if _is_phone(phone) else "****"


def mask_card_no(card_no: str) -> str:
    """The first and last four of the 19 digits: `3105 **** **** 0984` (a leading 0 is dropped)."""
    digits = card_no[1:] if len(card_no) == 20 else card_no
    if len(digits) != 19 or not (digits.isascii() and digits.isdigit()):
        return "****"
    return f"{digits[:4]} **** **** {digits[-4:]}"


def mask_text(text: str) -> str:
    """`text` with every card number and phone number in it masked; doing it twice changes nothing.

    A last line of defence for the trail and the log, not a licence to write numbers there.
    """
    text = _CARD_IN_TEXT.sub(r"\1 **** **** \2", text)
    return _PHONE_IN_TEXT.sub(r"\1****\2", text)


def _is_phone(text: str) -> bool:
    return bool(re.fullmatch(r"1[3-9][0-9]{9}", text))
