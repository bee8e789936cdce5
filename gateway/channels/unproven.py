"""What a check of a channel's signature ends with when it proves nothing, whatever the channel."""

from enum import StrEnum


class Doubt(StrEnum):
    """Why words are not proven to be the channel's."""

    UNSIGNED = "unsigned"
    PROBE = "probe"
    STALE = "stale"
    WRONG = "wrong"
    UNREADABLE = "unreadable"


class Unproven(Exception):
    """Not proven; the reader of a notice or an answer turns it into its own error."""

    def __init__(self, doubt: Doubt, why: str) -> None:
        super().__init__(why)
        self.doubt = doubt
