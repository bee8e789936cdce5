"""Why a signed message is refused: one stable code for each reason."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class SignatureRefused(DomainError):
    """The message does not prove who sent it; the classes below say why."""

    code = "signature_refused"
    sort = Sort.FORBIDDEN
    zh = "请求签名没有通过验证,什么都没有发生。"
    en = "The signature was not accepted; nothing happened."


class SignatureMissing(SignatureRefused):
    """No signature, or none under the label or tag that is wanted here."""

    code = "signature_missing"
    zh = "请求没有签名(Signature-Input 与 Signature),什么都没有发生。"
    en = "The message carries no signature (Signature-Input and Signature); nothing happened."


class SignatureUnreadable(SignatureRefused):
    """The fields are no structured fields, repeat a name, or a parameter has the wrong type."""

    code = "signature_unreadable"
    zh = "签名头格式不正确(RFC 9421、RFC 8941),什么都没有发生。"
    en = "The signature fields are malformed (RFC 9421, RFC 8941); nothing happened."


class SignatureAmbiguous(SignatureRefused):
    """Several signatures could be meant."""

    code = "signature_ambiguous"
    zh = "有多个签名可供选择,无法判断以哪个为准。"
    en = "Several signatures could be the one that counts here."


class SignatureKeyUnknown(SignatureRefused):
    """The keyid names no key that works now; facts: key_id."""

    code = "signature_key_unknown"
    zh = "签名使用的密钥未登记、已停用或不属于您。"
    en = "The key of the signature is not registered, not in use, or not yours."


class AlgorithmDiffers(SignatureRefused):
    """The message names another algorithm than its key has; facts: named, bound."""

    code = "signature_algorithm_differs"
    zh = "签名声明的算法与密钥登记的算法不一致。"
    en = "The message names another algorithm than the one bound to its key."


class ComponentNotCovered(SignatureRefused):
    """A part that must be signed is not; facts: component."""

    code = "signature_component_not_covered"
    zh = "签名没有覆盖必须签名的内容。"
    en = "The signature does not cover a part that must be signed."


class ComponentUnusable(SignatureRefused):
    """A covered part is missing from the message or has no single meaning; facts: component."""

    code = "signature_component_unusable"
    zh = "签名覆盖的某项内容在请求中不存在或无法确定。"
    en = "A covered part is missing from the message or has no single meaning."


class ParameterMissing(SignatureRefused):
    """created, nonce, expires or keyid is wanted and not there; facts: parameter."""

    code = "signature_parameter_missing"
    zh = "签名缺少必须的参数。"
    en = "The signature lacks a parameter that is needed."


class SignatureStale(SignatureRefused):
    """Created too long ago, or over; facts: created, now, skew_seconds (how late we see it)."""

    code = "signature_stale"
    zh = "签名时间太早或已过期,请校准时钟后重新签名。"
    en = "The signature is too old or has expired. Check the clock and sign again."


class SignatureFromFuture(SignatureRefused):
    """Created later than our clock allows; facts: created, now, skew_seconds (negative)."""

    code = "signature_from_future"
    zh = "签名时间晚于现在,请校准时钟后重新签名。"
    en = "The signature was made in the future. Check the clock and sign again."


class SignatureWrong(SignatureRefused):
    """It does not verify under the key; facts: key_id."""

    code = "signature_wrong"
    zh = "签名验证不通过。"
    en = "The signature does not verify."


class DigestWrong(SignatureRefused):
    """Content-Digest is missing, unreadable, of no accepted kind, or not the body's."""

    code = "content_digest_wrong"
    zh = "Content-Digest 缺失或与请求内容不符。"
    en = "Content-Digest is missing or does not fit the body."


class SigningKeyUnusable(DomainError):
    """A key record whose material is not a key of its algorithm; facts: key_id, algorithm."""

    code = "signing_key_unusable"
    sort = Sort.CALLER
    zh = "密钥内容与所选算法不符。"
    en = "The key's material does not fit its algorithm."
