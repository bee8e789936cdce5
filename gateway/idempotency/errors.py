"""What can be wrong with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07)."""

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
