"""Explains a signature that does not verify: our base line by line, and where theirs differs."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest

from gateway.signatures.base import Line, components_of, line_of, signature_base
from gateway.signatures.digests import content_digest, verify_digest
from gateway.signatures.errors import ComponentUnusable, DigestWrong, SignatureRefused
from gateway.signatures.keys import VerifyingKey
from gateway.signatures.messages import Message
from gateway.signatures.verifying import Claimed, read

HIDDEN = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
"""Fields whose values are never shown; a base that covers one is shown without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One line on which the two bases part; empty text where one has no such line."""

    number: int
    component: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What we would verify. `problems` are (component, reason); `hint` is a known slip that fits.

    No key and no signature is in it; values of HIDDEN fields are replaced.
    """

    label: str
    key_id: str
    algorithm: str
    lines: tuple[str, ...]
    problems: tuple[tuple[str, str], ...] = ()
    differences: tuple[Difference, ...] = ()
    digest_expected: str = ""
    digest_fits: bool | None = None
    verifies: bool | None = None
    hint: str = ""

    @property
    def base(self) -> str:
        """The canonical base as text."""
        return "\n".join(self.lines)


def explain(
    message: Message,
    *,
    key: VerifyingKey | None = None,
    theirs: str | None = None,
    label: str = "",
    tag: str = "",
) -> Explanation:
    """Our side of a signature; with `theirs` (the base the sender signed) also the first to differ.

    With `key` it says whether the signature verifies, and if not, which known slip would make it.
    Raises SignatureRefused only when the signature fields themselves cannot be read.
    """
    claimed = read(message, label=label, tag=tag)
    shown, problems = _shown(message, claimed)
    verifies, hint = _try(message, claimed, key) if key and not problems else (None, "")
    fits = _digest_fits(message) if message.lines("content-digest") else None
    return Explanation(
        label=claimed.label,
        key_id=claimed.key_id,
        algorithm=key.algorithm.value if key else claimed.algorithm,
        lines=tuple(line.text for line in shown),
        problems=tuple(problems),
        differences=tuple(_differences(shown, theirs)) if theirs is not None else (),
        digest_expected=content_digest(message.body) if message.body else "",
        digest_fits=fits,
        verifies=verifies,
        hint=hint,
    )


def _shown(message: Message, claimed: Claimed) -> tuple[list[Line], list[tuple[str, str]]]:
    lines, problems = [], []
    for component in components_of(claimed.covered):
        try:
            line = line_of(message, component)
        except ComponentUnusable as wrong:
            problems.append((component.text, wrong.message))
            line = Line(component=component.text, value="(?)")
        if component.name in HIDDEN:
            line = Line(component=component.text, value="(hidden)")
        lines.append(line)
    lines.append(Line(component='"@signature-params"', value=claimed.covered.text))
    return lines, problems


def _differences(ours: list[Line], theirs: str) -> list[Difference]:
    found = []
    pairs = zip_longest(ours, theirs.split("\n"))
    for number, (line, text) in enumerate(pairs, start=1):
        if line is not None and line.component.strip('"').partition('"')[0] in HIDDEN:
            continue
        mine = line.text if line else ""
        if mine != (text or ""):
            component = line.component if line else (text or "").partition(": ")[0]
            found.append(
                Difference(number=number, component=component, ours=mine, theirs=text or "")
            )
    return found


def _digest_fits(message: Message) -> bool:
    try:
        verify_digest(message)
    except DigestWrong:
        return False
    return True


def _try(message: Message, claimed: Claimed, key: VerifyingKey) -> tuple[bool, str]:
    try:
        base = signature_base(message, claimed.covered)
    except SignatureRefused:
        return False, ""
    if key.verifies(base, claimed.signature):
        return True, ""
    for hint, slip in _SLIPS:
        if key.verifies(slip(base), claimed.signature):
            return False, hint
    if _is_der(claimed.signature) and len(claimed.signature) != 64:
        return False, "signature_is_der"
    return False, ""


def _is_der(signature: bytes) -> bool:
    return signature[:1] == b"\x30" and len(signature) == signature[1] + 2


def _unslashed(base: bytes) -> bytes:
    return base.replace(b'"@query": ?', b'"@query": ')


_SLIPS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("base_ends_with_line_feed", lambda base: base + b"\n"),
    ("base_has_carriage_returns", lambda base: base.replace(b"\n", b"\r\n")),
    ("query_without_question_mark", _unslashed),
    ("base_was_encoded_in_base64", base64.b64encode),
)
"""Slips seen again and again, each tried on our base when a signature does not verify."""
