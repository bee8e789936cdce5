"""Why money goes back, in as much of it as a channel can say: no word may hold a refund up."""

import re

_UNSAYABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff&]+")


def sayable(reason: str, most: int) -> str:
    """The reason's first `most` characters, blanks for what some channel cannot say; or empty.

    The same reason is always said alike, so that a refund asked again has the same content. What
    an encoding lacks is its codec's matter. The ampersand parts the pairs of signed texts.
    """
    return _UNSAYABLE.sub(" ", reason).strip()[:most].strip()
