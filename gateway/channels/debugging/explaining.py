"""Explains one received signature: canonical text, digests, skew, first difference, known slips."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.channels.banks.profiles import PROFILES
from gateway.channels.debugging import alipay, banks, hints, unionpay, wechatpay
from gateway.channels.debugging.values import (
    Claim,
    Difference,
    Explanation,
    NotClaimed,
    Specimen,
    Verdict,
)
from gateway.channels.errors import ChannelMisconfigured, ChannelNotKnown
from gateway.channels.values import Merchant

WINDOW = timedelta(minutes=5)
_AROUND = 24

_CLAIMS: Mapping[str, Callable[[Merchant, Specimen, datetime], Claim]] = {
    "wechatpay": wechatpay.claim_of,
    "alipay": alipay.claim_of,
    "unionpay": unionpay.claim_of,
    **{profile.name: banks.claims_of(profile) for profile in PROFILES},
}


def explained_channels() -> tuple[str, ...]:
    """The channels whose signatures can be explained."""
    return tuple(_CLAIMS)


def explain(
    channel: str,
    merchant: Merchant,
    specimen: Specimen,
    *,
    now: datetime,
    theirs: bytes | None = None,
) -> Explanation:
    """What is wrong with a specimen's signature; `theirs` is what they say they signed.

    Only public keys of `merchant` are used. ChannelNotKnown for a channel that is not explained.
    """
    if channel not in _CLAIMS:
        raise ChannelNotKnown("signatures of this channel are not explained", channel=channel[:40])
    try:
        claim = _CLAIMS[channel](merchant, specimen, now)
    except NotClaimed as reason:
        odd = tuple(hints.about_bytes(specimen.body, banks.encoding_of(channel)))
        return Explanation(channel=channel, verdict=reason.verdict, why=str(reason), hints=odd)
    told = Explanation(
        channel=channel,
        verdict=Verdict.GOOD,
        key_id=claim.key_id,
        algorithm=claim.algorithm,
        nonce=claim.nonce,
        encoding=claim.encoding,
        canonical=claim.canonical,
        digests=claim.digests,
        signed_at=claim.signed_at,
        difference=first_difference(claim.canonical, theirs) if theirs is not None else None,
    )
    try:
        return _judged(told, claim, specimen, now=now, theirs=theirs)
    except ChannelMisconfigured as reason:
        return replace(told, verdict=Verdict.KEY_UNUSABLE, why=reason.message)


def first_difference(ours: bytes, theirs: bytes) -> Difference | None:
    """Where two texts part first, with a little of each around it; None when they are equal."""
    if ours == theirs:
        return None
    shorter = min(len(ours), len(theirs))
    at = next((place for place in range(shorter) if ours[place] != theirs[place]), shorter)
    around = slice(max(0, at - _AROUND), at + _AROUND)
    return Difference(at=at, ours=ours[around], theirs=theirs[around])


def _judged(
    told: Explanation, claim: Claim, specimen: Specimen, *, now: datetime, theirs: bytes | None
) -> Explanation:
    fits = claim.verifies(claim.canonical)
    found = [] if fits else list(hints.about_bytes(specimen.body, claim.encoding))
    verdict, theirs_verifies = Verdict.GOOD, None
    if not fits:
        verdict = Verdict.WRONG
        found += hints.slips(claim, specimen.body)
    if theirs is not None:
        theirs_verifies = claim.verifies(theirs)
        if not fits:
            found.append("theirs_is_signed" if theirs_verifies else "other_key")
    skew = None
    if claim.signed_at is not None:
        skew = round((now - claim.signed_at).total_seconds())
        late = tuple(hints.about_clock(skew, int(WINDOW.total_seconds())))
        found += late
        if late and verdict is Verdict.GOOD:
            verdict = Verdict.STALE
    return replace(
        told,
        verdict=verdict,
        skew_seconds=skew,
        hints=tuple(dict.fromkeys(found)),
        theirs_verifies=theirs_verifies,
    )
