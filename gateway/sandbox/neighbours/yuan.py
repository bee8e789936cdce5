"""Fen as the yuan text of wires and bills: the sandbox's own printing, none of the gateway's."""


def yuan(amount_fen: int) -> str:
    """Two decimals, a minus in front of what is negative."""
    return f"{'-' if amount_fen < 0 else ''}{abs(amount_fen) // 100}.{abs(amount_fen) % 100:02d}"


def fen(text: str) -> int:
    """Fen of a positive yuan text with at most two decimals; ValueError."""
    whole, dot, rest = text.partition(".")
    if not whole.isdecimal() or not whole.isascii() or len(rest) > 2 or (dot and not rest):
        raise ValueError(text)
    if rest and not (rest.isdecimal() and rest.isascii()):
        raise ValueError(text)
    return int(whole) * 100 + int(rest.ljust(2, "0") or "0")
