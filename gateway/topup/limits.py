"""How much one top-up may put onto one card (预付卡业务管理办法: ¥1,000 anonymous, 5,000 named)."""

LEAST_FEN = 1
CAP_ANONYMOUS_FEN = 100_000
CAP_NAMED_FEN = 500_000


def offered(amount_fen: int, *, named: bool) -> bool:
    """Whether a card of this kind may be topped up by this amount at once.

    The balance after the load is judged again at MAC2, on what the card itself states.
    """
    cap_fen = CAP_NAMED_FEN if named else CAP_ANONYMOUS_FEN
    return LEAST_FEN <= amount_fen <= cap_fen
