"""What key custody refuses, and why, in words for people."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class CeremonyUnknown(DomainError):
    """No such key ceremony."""

    code = "key_ceremony_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到这次密钥仪式。"
    en = "No such key ceremony."


class CardKeyUnknown(DomainError):
    """No such key, or not one that ceremonies brought in."""

    code = "card_key_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到这把密钥。"
    en = "No such key."


class PlanWrong(DomainError):
    """A ceremony that cannot be planned so; facts: part."""

    code = "key_plan_wrong"
    sort = Sort.CALLER
    zh = "密钥仪式的计划有误。"
    en = "The ceremony cannot be planned so."


class CeremonyOpenAlready(DomainError):
    """Another ceremony for this purpose and index is not over."""

    code = "key_ceremony_open_already"
    sort = Sort.CONFLICT
    zh = "同一用途和索引的密钥仪式尚未结束。"
    en = "Another ceremony for this purpose and index is not over."


class CeremonyBusy(DomainError):
    """Somebody else is at work on this ceremony in this moment."""

    code = "key_ceremony_busy"
    sort = Sort.CONFLICT
    zh = "另一位人员正在操作这次密钥仪式,请稍后再试。"
    en = "Somebody else is at work on this ceremony. Please try in a moment."


class CeremonyEnded(DomainError):
    """The ceremony is not in the step that this act belongs to; facts: state."""

    code = "key_ceremony_elsewhere"
    sort = Sort.CONFLICT
    zh = "密钥仪式不在这一步,或已结束。"
    en = "The ceremony is at another step, or has ended."


class CeremonyElsewhere(DomainError):
    """The ceremony's vault is not the one that works here; facts: home."""

    code = "key_ceremony_home_elsewhere"
    sort = Sort.CONFLICT
    zh = "这次密钥仪式属于另一台密码设备。"
    en = "This ceremony belongs to another vault."


class CustodianTwice(DomainError):
    """One custodian gives one component."""

    code = "key_custodian_twice"
    sort = Sort.FORBIDDEN
    zh = "同一保管员只能输入一个分量。"
    en = "One custodian gives one component only."


class ComponentTaken(DomainError):
    """This component has been given; facts: number."""

    code = "key_component_taken"
    sort = Sort.CONFLICT
    zh = "这个分量已经输入。"
    en = "This component has been given already."


class ComponentsMissing(DomainError):
    """Not all components are in; facts: needed, given."""

    code = "key_components_missing"
    sort = Sort.CONFLICT
    zh = "分量尚未齐全。"
    en = "Components are still missing."


class CustodianActivates(DomainError):
    """Who gave a component neither asks for the key's activation nor approves it."""

    code = "key_custodian_is_not_activator"
    sort = Sort.FORBIDDEN
    zh = "输入过分量的保管员不得申请或复核启用。"
    en = "Who gave a component may neither ask for the activation nor approve it."


class KeyHasOtherPurpose(DomainError):
    """The same value is, or was, a key of another purpose; facts: purpose."""

    code = "key_has_other_purpose"
    sort = Sort.CONFLICT
    zh = "这个密钥值已用于其他用途:一把密钥只有一个用途。"
    en = "This value has another purpose already: one key, one purpose."


class KeyCameAlready(DomainError):
    """The same value is another version of the same key: that is no rotation; facts: version."""

    code = "key_came_already"
    sort = Sort.CONFLICT
    zh = "这个密钥值已是同一索引的另一版本。"
    en = "This value is another version of the same key already."


class KeyNotYetValid(DomainError):
    """A key is not activated before its time, nor after it; facts: valid_from, expires_at."""

    code = "key_not_valid_now"
    sort = Sort.CONFLICT
    zh = "密钥不在有效期内,不能启用。"
    en = "The key is outside its validity and cannot be activated."


class TooManyServe(DomainError):
    """So many versions of this key serve already that one must retire first; facts: most."""

    code = "key_too_many_serve"
    sort = Sort.CONFLICT
    zh = "同一密钥在用和过渡中的版本已达上限,请先停用一个旧版本。"
    en = "As many versions of this key serve as may at once; retire an older one first."


class ActivationNotApproved(DomainError):
    """The database did not accept the approval; facts: said."""

    code = "key_activation_not_approved"
    sort = Sort.CONFLICT
    zh = "启用没有有效的双人复核。"
    en = "The activation has no valid approval by a second officer."


class DestructionNotApproved(DomainError):
    """The database did not accept the approval of a destruction."""

    code = "key_destruction_not_approved"
    sort = Sort.CONFLICT
    zh = "销毁没有有效的双人复核。"
    en = "The destruction has no valid approval by a second officer."


class TerminalMissing(DomainError):
    """There is no terminal on which a secret can be typed without being shown."""

    code = "key_terminal_missing"
    sort = Sort.CALLER
    zh = "没有可以隐藏输入的终端,不能输入密钥分量。"
    en = "There is no terminal that hides what is typed, so nothing secret is asked for."


class KeyInUse(DomainError):
    """The key is where it cannot leave its state so; facts: state."""

    code = "key_in_use"
    sort = Sort.CONFLICT
    zh = "密钥仍在使用,不能这样处理。"
    en = "The key is in use and cannot be moved so."


class KeyStillNeeded(DomainError):
    """Loads without result need this version; facts: loads."""

    code = "key_still_needed"
    sort = Sort.CONFLICT
    zh = "仍有未了结的写卡需要这把密钥,不能销毁。"
    en = "Loads without a result still need this key; it cannot be destroyed."


class KeyNotExported(DomainError):
    """The key's ceremony planned no key block, or the key is not active yet."""

    code = "key_not_exported"
    sort = Sort.CONFLICT
    zh = "这把密钥没有计划导出,或尚未启用。"
    en = "No export was planned for this key, or it is not active yet."
