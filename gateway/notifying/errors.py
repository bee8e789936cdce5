"""What can stand between a citizen and a notice."""

from accounts.errors import DomainError, Sort


class NoticeUnknown(DomainError):
    """No such notice, or somebody else's."""

    code = "citizen_notice_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到这条通知。"
    en = "This notice was not found."
