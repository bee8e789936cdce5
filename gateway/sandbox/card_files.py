"""What stands in the virtual card's files, by the application it answers to: the other side again.

It shares no code with the card core, so that each is proof of the other's reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

AID = bytes.fromhex("A000000632010105")
CITY_AID = bytes.fromhex("A00000000386980701")
FCI = bytes.fromhex("6F228410D15600000145442F4550000000000000A50F50084D6F62696C6545509F080102")
DATES = "2024010120401231"
HOME = "00000156" + "4100" + "4910" + "0001" + "01"  # China, Henan, Zhengzhou, interoperable
CITY_HEAD = "4910" + "4910" + "0001" + "0000" + "01" + "01" + "0001"


def binary_file(
    number: int, *, aid: bytes, asn: str, files: Mapping[str, Sequence[str]]
) -> bytes | None:
    """A file read as a whole, None when the card has none. Kept ones stand under their number."""
    kept = files.get(f"{number:02X}")
    if kept:
        return bytes.fromhex(kept[0])
    if number == 0x15 and aid == CITY_AID:
        return bytes.fromhex(CITY_HEAD + asn[4:] + DATES + "0000")
    if number == 0x15:
        return bytes.fromhex("01011000FFFFFFFF0201" + asn + DATES + "0000")
    if number == 0x17 and aid == AID:
        return bytes.fromhex(HOME)
    return None


def record_of(number: int, record: int, files: Mapping[str, Sequence[str]]) -> bytes | None:
    """One record of a file with records, 1 = first; None when there is none or it is empty."""
    kept = files.get(f"{number:02X}", ())
    if not 1 <= record <= len(kept) or not kept[record - 1]:
        return None
    return bytes.fromhex(kept[record - 1])


def ride(*, city: str, line: str, amount_fen: int, balance_fen: int, at: str) -> str:
    """A bus ride's record for file 1E in hex; `at` is YYYYMMDDhhmmss, `line` hex digits."""
    where = "03" + "0000410000000001" + "01" + line.rjust(14, "0")
    money = f"{amount_fen:08X}{balance_fen:08X}"
    return where + money + at + city + "01034910FFFFFFFF" + "00" * 6
