"""What a vault refuses, and why; never with key material."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class VaultError(DomainError):
    """The vault could not answer."""

    code = "vault_error"
    sort = Sort.OURS
    zh = "密钥服务暂时不可用,请稍后再试。"
    en = "The key service cannot answer now. Please try later."


class KeyUnknown(VaultError):
    """No such key, or it is not in use."""

    code = "vault_key_unknown"


class KeyUnusable(VaultError):
    """The sealed key does not open: wrong key-encryption key, or it was changed."""

    code = "vault_key_unusable"


class MessageRefused(VaultError):
    """A message of a shape that no card protocol of ours has."""

    code = "vault_message_refused"


class AlgorithmUnsupported(VaultError):
    """The key or the card asks for an algorithm this vault does not have."""

    code = "vault_algorithm_unsupported"
    sort = Sort.CONFLICT
    zh = "暂不支持这张卡使用的算法。"
    en = "The algorithm this card uses is not supported yet."


class SoftwareVaultForbidden(VaultError):
    """The software vault holds keys in memory and never starts in production."""

    code = "software_vault_forbidden"


class VaultNotBuilt(VaultError):
    """This kind of vault is not part of this build."""

    code = "vault_not_built"


class VaultSilent(VaultError):
    """The token, or the process that speaks to it, gave no answer; the question may be repeated."""

    code = "vault_silent"
    sort = Sort.PARTNER


class VaultBusy(VaultError):
    """More questions wait for the token than may; nothing was asked, try again in a moment."""

    code = "vault_busy"
    sort = Sort.PARTNER
    zh = "密钥服务繁忙,请稍后再试。"
    en = "The key service is busy. Please try again in a moment."


class VaultMisconfigured(VaultError):
    """The module, the token or the profile named in the settings cannot work; people must look."""

    code = "vault_misconfigured"


class VaultPinRefused(VaultMisconfigured):
    """The token refused the PIN; never tried again by the same process, or the token locks."""

    code = "vault_pin_refused"


class ComponentWrong(VaultError):
    """A component of a key is not what its sheet says, or not one of this ceremony."""

    code = "key_component_wrong"
    sort = Sort.CALLER
    zh = "密钥分量有误,未保存任何内容。"
    en = "The key component is wrong; nothing of it was kept."


class KeyWeak(ComponentWrong):
    """The components make a key that nobody may use."""

    code = "key_weak"
    zh = "合成的密钥是弱密钥,不予接受。"
    en = "The components make a weak key, which is refused."


class KeyCheckWrong(ComponentWrong):
    """The key that came out has another check value than the ceremony was planned for."""

    code = "key_check_value_wrong"
    zh = "合成密钥的校验值与计划不符,本次仪式作废。"
    en = "The combined key has another check value than planned; the ceremony has ended."


class KeyBlockWrong(VaultError):
    """A key block that does not parse or whose MAC is wrong; facts: part."""

    code = "key_block_wrong"
    sort = Sort.CALLER
    zh = "密钥块无法解析或校验不通过。"
    en = "The key block cannot be read or does not verify."


class KeyBlockMismatch(KeyBlockWrong):
    """A sound key block whose head says another use than the ceremony's; facts: part."""

    code = "key_block_mismatch"
    zh = "密钥块的用途、算法、模式或可导出性与本次仪式不符。"
    en = "The key block's usage, algorithm, mode or exportability is not the ceremony's."
