"""The family of errors of the whole house, and those that accounts raises itself."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Sort(StrEnum):
    """Whose move it is after an error."""

    CALLER = "caller"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    PARTNER = "partner"
    OURS = "ours"


class DomainError(Exception):
    """An outcome the domain names; every room's errors derive from it.

    `code` is stable and unique in the house, `zh` and `en` are one plain sentence for people,
    `facts` are ids, amounts and states. Never secrets, phone numbers or whole card numbers.
    """

    code: ClassVar[str] = "domain_error"
    sort: ClassVar[Sort] = Sort.OURS
    zh: ClassVar[str] = "系统内部错误,请稍后再试。"
    en: ClassVar[str] = "Something went wrong on our side, please try again later."

    def __init__(self, message: str = "", **facts: object) -> None:
        self.facts: dict[str, object] = facts
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return " ".join(part for part in (self.message or self.code, told and f"({told})") if part)


class IdentifierFromFuture(DomainError):
    code = "identifier_from_future"
    sort = Sort.CALLER
    zh = "编号中的时间晚于现在,请校准设备时间后重试。"
    en = "The identifier carries a time in the future; please correct the clock and try again."


class IdentifierWithoutTime(DomainError):
    code = "identifier_without_time"
    sort = Sort.CALLER
    zh = "编号格式不正确,需使用带时间的编号(UUID 第7或第8版)。"
    en = "The identifier carries no time; a UUID of version 7 or 8 is needed."


class PhoneNotUnderstood(DomainError):
    code = "phone_not_understood"
    sort = Sort.CALLER
    zh = "手机号码格式不正确,请输入11位中国大陆手机号码。"
    en = "The phone number is not a mainland mobile number of 11 digits."


class PersonUnknown(DomainError):
    code = "person_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到该用户。"
    en = "No such person."


class RoleUnknown(DomainError):
    code = "role_unknown"
    sort = Sort.CALLER
    zh = "没有这个角色。"
    en = "There is no such role."


class RolesIncompatible(DomainError):
    code = "roles_incompatible"
    sort = Sort.CONFLICT
    zh = "系统管理员、安全员和审计员三种角色必须由不同的人担任。"
    en = "Administrator, security officer and auditor must be three different people."


class OwnGranter(DomainError):
    code = "own_granter"
    sort = Sort.FORBIDDEN
    zh = "不能给自己授予角色。"
    en = "Nobody grants a role to themselves."


class NotAllowed(DomainError):
    code = "not_allowed"
    sort = Sort.FORBIDDEN
    zh = "您没有执行此操作的权限。"
    en = "You are not allowed to do this."


class OperatorUnknown(DomainError):
    code = "operator_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到该运营单位。"
    en = "No such operator."


class CardNumberNotUnderstood(DomainError):
    code = "card_number_not_understood"
    sort = Sort.CALLER
    zh = "卡号格式不正确,请输入卡面上的19位数字。"
    en = "The card number is not understood; please enter the 19 digits printed on the card."


class IssuerUnknown(DomainError):
    code = "issuer_unknown"
    sort = Sort.CALLER
    zh = "无法识别该卡的发卡单位,本平台暂不支持这张卡。"
    en = "The issuer of this card is not known here, so the card cannot be used."


class CardHeldByAnother(DomainError):
    code = "card_held_by_another"
    sort = Sort.CONFLICT
    zh = "这张卡已被其他用户绑定。"
    en = "This card is already held by somebody else."


class CardNotFound(DomainError):
    code = "card_not_found"
    sort = Sort.NOT_FOUND
    zh = "没有找到这张卡。"
    en = "No such card."


class KioskNotUnderstood(DomainError):
    code = "kiosk_not_understood"
    sort = Sort.CALLER
    zh = "自助终端资料不正确,终端编号应为12位数字且不得重复。"
    en = "The kiosk's data is not understood; its terminal number has 12 digits and is unique."


class TokenOwnerMissing(DomainError):
    code = "token_owner_missing"
    sort = Sort.OURS
    zh = "令牌必须属于一位用户、一台终端或一家合作银行。"
    en = "A token belongs to exactly one person, kiosk or partner bank."


class TokenPeriodWrong(DomainError):
    code = "token_period_wrong"
    sort = Sort.CALLER
    zh = "令牌的有效期必须晚于现在。"
    en = "A token must expire later than now."


class IllegalTransition(DomainError):
    code = "illegal_transition"
    sort = Sort.CONFLICT
    zh = "当前状态不允许此操作。"
    en = "This step is not possible from the present state."


class StaleState(DomainError):
    code = "stale_state"
    sort = Sort.CONFLICT
    zh = "状态刚刚发生变化,请刷新后重试。"
    en = "The state has just changed; please read again and retry."


class FingerprintNotUnderstood(DomainError):
    code = "fingerprint_not_understood"
    sort = Sort.OURS
    zh = "审批内容摘要必须为32字节。"
    en = "An approval is bound to a SHA-256 fingerprint of 32 bytes."


class ApprovalUnknown(DomainError):
    code = "approval_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到该审批。"
    en = "No such approval."


class ApprovalPeriodWrong(DomainError):
    code = "approval_period_wrong"
    sort = Sort.CALLER
    zh = "审批的有效期必须晚于现在。"
    en = "An approval must expire later than now."


class MakerIsChecker(DomainError):
    code = "maker_is_checker"
    sort = Sort.FORBIDDEN
    zh = "经办人不能复核自己提交的事项,请由另一位人员复核。"
    en = "Who asked cannot decide; a second person must."


class ApprovalExpired(DomainError):
    code = "approval_expired"
    sort = Sort.CONFLICT
    zh = "该审批已过期,请重新提交。"
    en = "The approval has expired; please ask again."


class ApprovalDecided(DomainError):
    code = "approval_decided"
    sort = Sort.CONFLICT
    zh = "该审批已有结论,不能更改。"
    en = "This approval has already been decided."


class DutyKindTaken(DomainError):
    code = "duty_kind_taken"


class DutyKindUnknown(DomainError):
    code = "duty_kind_unknown"


class ScheduleTaken(DomainError):
    code = "schedule_taken"


class SecretNameWrong(DomainError):
    code = "secret_name_wrong"


class SecretMissing(DomainError):
    code = "secret_missing"


class SecretMalformed(DomainError):
    code = "secret_malformed"


class SandboxOnly(DomainError):
    code = "sandbox_only"
    zh = "此操作仅限测试环境。"
    en = "This is only possible in the sandbox."


class ProviderUnknown(DomainError):
    code = "wallet_provider_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有这家手机钱包服务商,或暂停合作中。"
    en = "There is no such wallet provider, or it is suspended."


class ProviderNotUnderstood(DomainError):
    code = "wallet_provider_not_understood"
    sort = Sort.CALLER
    zh = "服务商代码、名称或请求限额不正确,或代码已被使用。"
    en = "The provider's code, names or rate are wrong, or the code is taken."


class ProviderKeyNotTaken(DomainError):
    code = "wallet_provider_key_not_taken"
    sort = Sort.CONFLICT
    zh = "密钥未登记:已有两把在用,编号用过,或内容不正确。"
    en = "The key was not taken: two work already, its id was used, or it is malformed."


class ProviderSuspended(DomainError):
    code = "wallet_provider_suspended"
    sort = Sort.FORBIDDEN
    zh = "该服务商已暂停服务,请求未处理。"
    en = "This provider is suspended; nothing was done."


class KeptFileMissing(DomainError):
    code = "kept_file_missing"
    zh = "找不到原始文件。"
    en = "The original file is not where it was kept."


class KeptFileTooLarge(DomainError):
    code = "kept_file_too_large"
    sort = Sort.CALLER
    zh = "文件太大,没有保存。"
    en = "The file is too large and was not kept."
