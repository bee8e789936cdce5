"""How much one top-up may put onto one card (预付卡业务管理办法: ¥1,000 anonymous, 5,000 named)."""

LEAST_FEN = 1
CAP_ANONYMOUS_FEN = 100_000
CAP_NAMED_FEN = 500_000


def offered(amount_fen: int, *, named: bool, load_cap_fen: int) -> bool:
    """Whether a card of this kind may be topped up by this amount at once.

    Never by more than one load can carry (`load_cap_fen`): what could not be loaded is not taken.
    The balance after the load is judged again at MAC2, on what the card itself states.
    """
    cap_fen = min(CAP_NAMED_FEN if named else CAP_ANONYMOUS_FEN, load_cap_fen)
    return LEAST_FEN <= amount_fen <= cap_fen
