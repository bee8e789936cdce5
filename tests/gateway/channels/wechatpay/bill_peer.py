"""A day's trade bill of 微信支付 as its platform writes one, for the contract suite."""

from gateway.channels.wechatpay.bill import COLUMNS, SUMS


def bill_of(amounts_fen: list[int], *, mchid: str, appid: str) -> bytes:
    """The plain file of paid orders of these amounts."""
    lines = [",".join(COLUMNS)]
    lines += [
        _row(number, amount_fen, mchid, appid) for number, amount_fen in enumerate(amounts_fen)
    ]
    total = f"{sum(amounts_fen) // 100}.{sum(amounts_fen) % 100:02d}"
    sums = {"应结订单总金额": total, "订单总金额": total, "手续费总金额": "0.00000"}
    lines.append(",".join(["总交易单数", *SUMS]))
    lines.append(",".join(f"`{cell}" for cell in [len(amounts_fen), *_sums(sums)]))
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def _sums(named: dict[str, str]) -> list[str]:
    return [named.get(name, "0.00") for name in SUMS]


def _row(number: int, amount_fen: int, mchid: str, appid: str) -> str:
    yuan = f"{amount_fen // 100}.{amount_fen % 100:02d}"
    cells = dict.fromkeys(COLUMNS, "")
    zeros = ("代金券金额", "退款金额", "充值券退款金额", "申请退款金额")
    cells |= dict.fromkeys(zeros, "0.00")
    cells |= {
        "交易时间": "2026-11-21 10:00:00",
        "公众账号ID": appid,
        "商户号": mchid,
        "特约商户号": "0",
        "微信订单号": f"42000026112026112100{number:08d}",
        "商户订单号": f"order{number:08d}",
        "用户标识": "oUpF8uMuAJO",
        "交易类型": "JSAPI",
        "交易状态": "SUCCESS",
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "应结订单金额": yuan,
        "微信退款单号": "0",
        "商户退款单号": "0",
        "商品名称": "公交卡充值,含`符号,`与逗号",
        "手续费": "0.00000",
        "费率": "0.00%",
        "订单金额": yuan,
    }
    return ",".join(f"`{cells[name]}" for name in COLUMNS)
