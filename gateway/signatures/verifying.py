"""Verifies a signed message against what its door asks for; the key decides the algorithm."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.signatures.base import Component, components_of, signature_base
from gateway.signatures.digests import verify_digest
from gateway.signatures.errors import (
    AlgorithmDiffers,
    ComponentNotCovered,
    ParameterMissing,
    SignatureAmbiguous,
    SignatureFromFuture,
    SignatureKeyUnknown,
    SignatureMissing,
    SignatureStale,
    SignatureUnreadable,
    SignatureWrong,
)
from gateway.signatures.fields import InnerList, byte_sequences, inner_lists
from gateway.signatures.keys import VerifyingKey
from gateway.signatures.messages import Message
from gateway.signatures.signing import REQUEST

_NONCE = re.compile(r"[!-~]{16,128}")
_TEXTS = ("nonce", "alg", "keyid", "tag")
_LATEST = 253_402_300_799  # the last second that a datetime holds

KeyOf = Callable[[str], VerifyingKey | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a door asks for. `window` is how old a signature may be, `skew` how far ahead.

    `required` must be covered; content-digest too whenever there is a body (`covers_body`). With
    `label` or `tag` only that signature counts; without, there must be exactly one.
    """

    required: tuple[Component | str, ...] = REQUEST
    covers_body: bool = True
    wants_created: bool = True
    wants_nonce: bool = False
    wants_expires: bool = False
    window: timedelta = timedelta(minutes=5)
    skew: timedelta = timedelta(seconds=60)
    label: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Who signed and what. `skew` is our clock minus theirs; `base` is what was signed."""

    key: VerifyingKey
    label: str
    components: tuple[Component, ...]
    base: bytes
    created: datetime | None = None
    expires: datetime | None = None
    nonce: str = ""
    tag: str = ""
    skew: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A signature as the message carries it, before anything is believed."""

    label: str
    covered: InnerList
    components: tuple[Component, ...]
    signature: bytes
    created: datetime | None
    expires: datetime | None
    nonce: str
    algorithm: str
    key_id: str
    tag: str


def verify(message: Message, *, key_of: KeyOf, policy: Policy, now: datetime) -> Verified:
    """Who sent the message, unchanged; SignatureRefused in one of its kinds.

    `key_of` gives the key of a keyid, None for one that does not work now. A nonce is only
    checked to be there: whether it was used before is the caller's to remember.
    """
    claimed = read(message, label=policy.label, tag=policy.tag)
    _refuse_parameters(claimed, policy, now)
    _refuse_uncovered(claimed, message, policy)
    key = key_of(claimed.key_id)
    if key is None:
        raise SignatureKeyUnknown(key_id=claimed.key_id[:64])
    if claimed.algorithm and claimed.algorithm != key.algorithm.value:
        raise AlgorithmDiffers(named=claimed.algorithm[:32], bound=key.algorithm.value)
    base = signature_base(message, claimed.covered)
    if not key.verifies(base, claimed.signature):
        raise SignatureWrong(key_id=claimed.key_id[:64])
    if any(one.name == "content-digest" and not one.parameters for one in claimed.components):
        verify_digest(message)
    return Verified(
        key=key,
        label=claimed.label,
        components=claimed.components,
        base=base,
        created=claimed.created,
        expires=claimed.expires,
        nonce=claimed.nonce,
        tag=claimed.tag,
        skew=now - claimed.created if claimed.created else timedelta(0),
    )


def key_id_of(message: Message, *, label: str = "", tag: str = "") -> str:
    """The keyid that the message names, which proves nothing yet."""
    return read(message, label=label, tag=tag).key_id


def read(message: Message, *, label: str = "", tag: str = "") -> Claimed:
    """The signature that counts; SignatureMissing, SignatureAmbiguous, SignatureUnreadable."""
    inputs = inner_lists(message.lines("signature-input"), "Signature-Input")
    signatures = byte_sequences(message.lines("signature"), "Signature")
    if inputs.keys() != signatures.keys():
        raise SignatureUnreadable("Signature-Input and Signature have different labels")
    wanted = [
        name
        for name, covered in inputs.items()
        if (not label or name == label) and (not tag or covered.parameters.get("tag") == tag)
    ]
    if not wanted:
        raise SignatureMissing
    if len(wanted) > 1:
        raise SignatureAmbiguous(labels=len(wanted))
    return _claimed(wanted[0], inputs[wanted[0]], signatures[wanted[0]])


def _claimed(label: str, covered: InnerList, signature: bytes) -> Claimed:
    parameters = covered.parameters
    for name in _TEXTS:
        if name in parameters and not isinstance(parameters[name], str):
            raise SignatureUnreadable("a parameter is not text", parameter=name)
    return Claimed(
        label=label,
        covered=covered,
        components=tuple(components_of(covered)),
        signature=signature,
        created=_moment(covered, "created"),
        expires=_moment(covered, "expires"),
        nonce=parameters.get("nonce", ""),
        algorithm=parameters.get("alg", ""),
        key_id=parameters.get("keyid", ""),
        tag=parameters.get("tag", ""),
    )


def _moment(covered: InnerList, name: str) -> datetime | None:
    value = covered.parameters.get(name)
    if name not in covered.parameters:
        return None
    if type(value) is not int or not 0 <= value <= _LATEST:
        raise SignatureUnreadable("a parameter is no moment in seconds", parameter=name)
    return datetime.fromtimestamp(value, UTC)


def _refuse_parameters(claimed: Claimed, policy: Policy, now: datetime) -> None:
    if not claimed.key_id:
        raise ParameterMissing(parameter="keyid")
    if policy.wants_nonce and not _NONCE.fullmatch(claimed.nonce):
        raise ParameterMissing("16 to 128 visible characters", parameter="nonce")
    if policy.wants_expires and claimed.expires is None:
        raise ParameterMissing(parameter="expires")
    if policy.wants_created and claimed.created is None:
        raise ParameterMissing(parameter="created")
    _refuse_moment(claimed, policy, now)


def _refuse_moment(claimed: Claimed, policy: Policy, now: datetime) -> None:
    told: dict[str, object] = {"now": now.isoformat()}
    if claimed.created is not None:
        told["created"] = claimed.created.isoformat()
        told["skew_seconds"] = int((now - claimed.created).total_seconds())
        if claimed.created > now + policy.skew:
            raise SignatureFromFuture("", **told)
        if claimed.created < now - policy.window:
            raise SignatureStale("", **told)
    if claimed.expires is not None and claimed.expires < now:
        raise SignatureStale("", expires=claimed.expires.isoformat(), **told)


def _refuse_uncovered(claimed: Claimed, message: Message, policy: Policy) -> None:
    covered = {one.identity for one in claimed.components}
    wanted = [one if isinstance(one, Component) else Component(one) for one in policy.required]
    if policy.covers_body and message.body:
        wanted.append(Component("content-digest"))
    for one in wanted:
        if one.identity not in covered:
            raise ComponentNotCovered(component=one.text)
