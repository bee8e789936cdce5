"""What the signature debugger takes and tells. Keys, shared secrets and signatures are in none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """The first thing that is wrong, in the order in which a reader meets it."""

    GOOD = "good"
    UNREADABLE = "unreadable"
    KEY_UNKNOWN = "key_unknown"
    KEY_UNUSABLE = "key_unusable"
    WRONG = "wrong"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A push, or an answer when it has a `status`, exactly as it was received."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a channel's adapter makes of a specimen.

    `verifies` says whether the specimen's signature is the named key's over other bytes than
    `canonical`: for finding slips. `slips` are tries of this channel alone, by name.
    """

    key_id: str
    algorithm: str
    canonical: bytes = field(repr=False)
    digests: Mapping[str, str]
    verifies: Callable[[bytes], bool] = field(repr=False)
    nonce: str = ""
    signed_at: datetime | None = None
    encoding: str = "utf-8"
    slips: Mapping[str, Callable[[], bool]] = field(default_factory=dict, repr=False)


class NotClaimed(Exception):
    """The specimen carries no readable claim; `verdict` says which way."""

    def __init__(self, verdict: Verdict, why: str) -> None:
        super().__init__(why)
        self.verdict = verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first byte in which two canonical texts part, with what stands around it in each."""

    at: int
    ours: bytes
    theirs: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything there is to say about one signature.

    `skew_seconds` is our clock minus the signer's. `hints` are codes of HINTS. `theirs_verifies`
    tells whether the signature is right over the text that the sender claims to have signed.
    """

    channel: str
    verdict: Verdict
    why: str = ""
    key_id: str = ""
    algorithm: str = ""
    nonce: str = ""
    encoding: str = ""
    canonical: bytes = b""
    digests: Mapping[str, str] = field(default_factory=dict)
    signed_at: datetime | None = None
    skew_seconds: int | None = None
    hints: tuple[str, ...] = ()
    difference: Difference | None = None
    theirs_verifies: bool | None = None
