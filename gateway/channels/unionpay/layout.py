"""The columns of 银联's statement (ZM): widths in bytes of GBK, one space between.

From parsers in several public copies of UnionPay's development kit, which agree on the first forty
columns and the whole length; names from one of them. The specification itself was not read (C), so
a line of another length or without its spaces is a layout that we do not know.
"""

COLUMNS: tuple[tuple[str, int], ...] = (
    ("交易代码", 3),
    ("代理机构标识码", 11),
    ("发送机构标识码", 11),
    ("系统跟踪号", 6),
    ("交易传输时间", 10),
    ("账号", 19),
    ("交易金额", 12),
    ("商户类别", 4),
    ("终端类型", 2),
    ("查询流水号", 21),
    ("支付方式(旧)", 2),
    ("商户订单号", 32),
    ("支付卡类型", 2),
    ("原始交易的系统跟踪号", 6),
    ("原始交易日期时间", 10),
    ("商户手续费", 13),
    ("结算金额", 13),
    ("支付方式", 4),
    ("集团商户代码", 15),
    ("交易类型", 2),
    ("交易子类", 2),
    ("业务类型", 6),
    ("账号类型", 2),
    ("账单类型", 4),
    ("账单号码", 32),
    ("交互方式", 1),
    ("原交易查询流水号", 21),
    ("商户代码", 15),
    ("分账入账方式", 1),
    ("二级商户代码", 15),
    ("二级商户简称", 32),
    ("二级商户分账入账金额", 13),
    ("清算净额", 13),
    ("终端号", 8),
    ("商户自定义域", 32),
    ("优惠金额", 13),
    ("发票金额", 13),
    ("分期付款附加手续费", 12),
    ("分期付款期数", 2),
    ("交易介质", 1),
    ("保留使用", 131),
)
LINE_BYTES = sum(width for _, width in COLUMNS) + len(COLUMNS) - 1
MEMBER = r"INN[0-9]{6,8}[0-9A-Za-z]{0,4}ZM_(?P<merchant>[0-9A-Za-z]{15})"
EXCEPTIONS = r"INN[0-9]{6,8}[0-9A-Za-z]{0,4}ZME_(?P<merchant>[0-9A-Za-z]{15})"
