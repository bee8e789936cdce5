"""What can go wrong when an officer signs in, is invited, or acts: nothing that helps a guesser."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class SignInRefused(DomainError):
    """One refusal for a wrong name, password or code, so that nobody learns which it was."""

    code = "sign_in_refused"
    sort = Sort.FORBIDDEN
    zh = "登录名、密码或验证码不对，没有登录。连续错 5 次要等 15 分钟。"
    en = "Name, password or code is wrong; you are not signed in. Five mistakes mean 15 minutes."


class SignInPaused(DomainError):
    code = "sign_in_paused"
    sort = Sort.FORBIDDEN
    zh = "错误次数太多，登录已暂停，请 15 分钟后再试。"
    en = "Too many mistakes: signing in is paused. Try again in 15 minutes."


class CodeNotAccepted(DomainError):
    code = "code_not_accepted"
    sort = Sort.FORBIDDEN
    zh = "验证码不对或已经用过，请等验证器换出新的一组再输。"
    en = "The code is wrong or already used. Wait for the next one and enter that."


class FreshCodeNeeded(DomainError):
    code = "fresh_code_needed"
    sort = Sort.FORBIDDEN
    zh = "涉及资金和密钥的操作，要先再输一次验证码。"
    en = "Acts on money and keys need your code once more."


class InvitationNotValid(DomainError):
    code = "invitation_not_valid"
    sort = Sort.NOT_FOUND
    zh = "这个开通链接已用过或已过期，请管理员重新发一个。"
    en = "This invitation was used or has expired. Ask the administrator for a new one."


class PasswordNotStrong(DomainError):
    code = "password_not_strong"
    sort = Sort.CALLER
    zh = "密码至少 12 个字符，不能全是数字、不能是常见密码、不能含登录名。"
    en = "A password has at least 12 characters and is no number, common word or your own name."


class LoginNameNotUsable(DomainError):
    code = "login_name_not_usable"
    sort = Sort.CALLER
    zh = "登录名是 3 到 32 个小写字母、数字、点或连字符，且不能与别人相同。"
    en = "A login name has 3 to 32 small letters, digits, dots or hyphens and is yours alone."


class OfficerUnknown(DomainError):
    code = "officer_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到这位工作人员。"
    en = "No such officer."


class RoleHeld(DomainError):
    """Whoever it is asked for holds this very role already. Facts: `person`, `role`."""

    code = "role_held"
    sort = Sort.CONFLICT
    zh = "这个人已经有这个角色。"
    en = "This person holds the role already."


class RoleNotHeld(DomainError):
    """The role has ended, or there never was such a one. Facts: `grant`."""

    code = "role_not_held"
    sort = Sort.CONFLICT
    zh = "这个角色已经收回或到期。"
    en = "This role has been withdrawn or is over."


class PeriodOfRoleWrong(DomainError):
    """A role asked for would end before it could be decided. Facts: `until`."""

    code = "role_period_wrong"
    sort = Sort.CALLER
    zh = "到期日太近：至少要在复核期限（3 天）之后。"
    en = "The end is too near: it must lie behind the three days in which this is decided."


class PostReasonMissing(DomainError):
    """Nobody is given or loses a role without a reason. Facts: `length`."""

    code = "role_reason_missing"
    sort = Sort.CALLER
    zh = "请写明理由，最多 200 字。"
    en = "Say why, in at most 200 characters."
