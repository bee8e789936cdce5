"""What can be wrong with an Idempotency-Key (draft-ietf-httpapi-…-key-header-07) or a nonce."""

from accounts.errors import DomainError, Sort


class KeyMissing(DomainError):
    """A write came without the header, or with one that is not a key."""

    code = "idempotency_key_missing"
    sort = Sort.CALLER
    zh = "缺少有效的 Idempotency-Key 请求头，什么都没有发生。请带上它再试。"
    en = "The Idempotency-Key header is missing or not valid; nothing happened. Send one."


class KeyReused(DomainError):
    """The key was used before with another request."""

    code = "idempotency_key_reused"
    sort = Sort.CALLER
    zh = "这个 Idempotency-Key 已用于另一个内容不同的请求，本次什么都没有发生。"
    en = "This Idempotency-Key was used with another request; nothing happened this time."


class StillRunning(DomainError):
    """The first request under this key has not answered yet."""

    code = "idempotency_still_running"
    sort = Sort.CONFLICT
    zh = "同一个请求还在处理中，请稍后用同一个 Idempotency-Key 再试。"
    en = "The same request is still running. Try again shortly with the same Idempotency-Key."


class RequestReplayed(DomainError):
    """The nonce of this signature was used before; facts: principal."""

    code = "request_replayed"
    sort = Sort.CONFLICT
    zh = "这个签名请求已经用过(nonce 重复),本次未处理。请换新的 nonce 重新签名再发。"
    en = "This signed request was sent before (its nonce is used). Sign it anew with another nonce."
