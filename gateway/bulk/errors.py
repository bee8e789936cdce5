"""What can stand between an enterprise, its list and its people."""

from accounts.errors import DomainError, Sort


class CreditCodeWrong(DomainError):
    """No 统一社会信用代码, or its check digit is another one."""

    code = "bulk_credit_code_wrong"
    sort = Sort.CALLER
    zh = "统一社会信用代码不对：应为 18 位，最后一位校验码对不上。"
    en = "This is no unified social credit code: 18 characters, and the last one must check."


class EnterpriseNameMissing(DomainError):
    """An enterprise is registered by its full name."""

    code = "bulk_enterprise_name_missing"
    sort = Sort.CALLER
    zh = "请填写单位全称（营业执照上的名称），不超过 120 字。"
    en = "Enter the employer's full name as on its licence, at most 120 characters."


class EnterpriseKnown(DomainError):
    """Registered in this pool already. Facts: `enterprise`, `name`."""

    code = "bulk_enterprise_known"
    sort = Sort.CONFLICT
    zh = "这个信用代码已经登记过，请在单位名单里找到它。"
    en = "This code is registered already; find it in the list of employers."


class EnterpriseUnknown(DomainError):
    """No such enterprise, or another pool's."""

    code = "bulk_enterprise_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到这个单位。"
    en = "This employer was not found."


class BulkOrderUnknown(DomainError):
    """No such order, or another pool's."""

    code = "bulk_order_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到这笔批量充值。"
    en = "This bulk top-up was not found."


class BulkOrderNotThere(DomainError):
    """The step does not fit the state it is in. Facts: `state`."""

    code = "bulk_order_not_there"
    sort = Sort.CONFLICT
    zh = "这笔批量充值现在不能办这一步，请刷新查看进度。"
    en = "This step does not fit where the bulk top-up stands; look again."


class NothingGoodInList(DomainError):
    """Every row of the list has something against it."""

    code = "bulk_nothing_good"
    sort = Sort.CONFLICT
    zh = "名单里没有一行可以充值，请改好后重新上传。"
    en = "No row of this list can be topped up; mend it and upload it again."


class MoneyAlreadyThere(DomainError):
    """The order has received money, so it is not simply taken back."""

    code = "bulk_money_already_there"
    sort = Sort.CONFLICT
    zh = "这笔批量充值已经收到款项，不能直接撤回，请办理退回。"
    en = "Money has arrived for this bulk top-up; have it returned instead."


class NothingToReturn(DomainError):
    """None of these claims waits, and nothing else of the order is left."""

    code = "bulk_nothing_to_return"
    sort = Sort.CONFLICT
    zh = "没有可以退回的款项：选中的都已写卡、正在写卡或已退回。"
    en = "Nothing is left to return: what was chosen is on cards, being written, or returned."


class ReturnUnknown(DomainError):
    """No such return, or it is over. Facts: `state`."""

    code = "bulk_return_unknown"
    sort = Sort.CONFLICT
    zh = "没有找到这笔退回，或它已经办完。"
    en = "This return was not found, or it is over."


class ReturnRouteMissing(DomainError):
    """The money came from an account that its bank entry does not name. Facts: `entry`."""

    code = "bulk_return_route_missing"
    sort = Sort.CONFLICT
    zh = "银行流水上没有付款账号，不能原路退回；请先向银行查明付款人。"
    en = "The bank's entry names no paying account; ask the bank before returning it."


class ReturnChanged(DomainError):
    """What was asked back is not what lies there now."""

    code = "bulk_return_changed"
    sort = Sort.CONFLICT
    zh = "可退的款项和申请时不一样了，请拒绝后重新申请。"
    en = "What can be returned has changed since it was asked; refuse it and ask anew."


class EntryOfAnotherPool(DomainError):
    """The bank entry is not one that waits in this order's pool."""

    code = "bulk_entry_of_another_pool"
    sort = Sort.CONFLICT
    zh = "这笔到账不在本单位的备付金专户里，或已经查清。"
    en = "This entry is not of the order's pool, or it is explained already."


class ClaimNotYours(DomainError):
    """No such claim for a card in this person's hands."""

    code = "bulk_claim_not_found"
    sort = Sort.NOT_FOUND
    zh = "没有找到这笔单位充值。"
    en = "This top-up by an employer was not found."
