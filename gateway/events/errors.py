"""Why an endpoint was not taken, proven or told again."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class EndpointUnknown(DomainError):
    """Facts: endpoint."""

    code = "event_endpoint_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有这个事件接收地址。"
    en = "There is no such event endpoint."


class EndpointAddressWrong(DomainError):
    """Not https, or with a user, a fragment or no host."""

    code = "event_endpoint_address_wrong"
    sort = Sort.CALLER
    zh = "事件接收地址必须是 https 地址,不能带用户名、密码或片段。"
    en = "An event endpoint is an https address without user, password or fragment."


class EndpointFilterWrong(DomainError):
    """A kind that is not in the catalogue, or pools that are not the subscriber's."""

    code = "event_endpoint_filter_wrong"
    sort = Sort.CALLER
    zh = "事件种类不在目录里,或所选运营单位不属于该订阅方。"
    en = "A kind is not in the catalogue, or a pool is not the subscriber's."


class EndpointTaken(DomainError):
    """This subscriber has an endpoint at this address already; facts: endpoint."""

    code = "event_endpoint_taken"
    sort = Sort.CONFLICT
    zh = "该订阅方已登记过这个地址。"
    en = "This subscriber has registered this address already."


class EndpointNotProven(DomainError):
    """The challenge was not answered as agreed; facts: why."""

    code = "event_endpoint_not_proven"
    sort = Sort.PARTNER
    zh = "接收方没有按约定回答验证请求,地址尚未启用。"
    en = "The endpoint did not answer the challenge as agreed; it stays unproven."


class EndpointNotReplayable(DomainError):
    """Events are told again only to an endpoint that is active or paused; facts: state."""

    code = "event_endpoint_not_replayable"
    sort = Sort.CONFLICT
    zh = "只有已启用或已暂停的接收地址才能补发事件。"
    en = "Events are told again only to an endpoint that is active or paused."


class ReplayRangeWrong(DomainError):
    """Neither ids nor a period, or the period ends before it begins."""

    code = "event_replay_range_wrong"
    sort = Sort.CALLER
    zh = "请给出事件编号,或起止时间(起早于止)。"
    en = "Name event ids, or a period that ends after it begins."


class EventKeysMissing(DomainError):
    """No signing key of events is named in the settings."""

    code = "event_signing_keys_missing"
    sort = Sort.OURS
    zh = "没有配置事件签名密钥。"
    en = "No signing key of events is configured."
