"""What each purpose of an approval is called, and in one sentence what follows a yes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from gateway.console import custody_effects, purposes
from gateway.console.purposes import Purpose


def known(name: str) -> Purpose | None:
    """What the desk knows of a purpose; None for one that nobody has told it of."""
    return every().get(name)


@cache
def every() -> Mapping[str, Purpose]:
    """Every purpose by its name: the console's own, and over them what the rooms bring."""
    own = {one.name: one for one in (*OF_THE_HOUSE, *OF_CUSTODY)}
    return own | {name: told for name, (told, _hand) in purposes.brought().items()}


def _of_payments(choice: str, zh: str, en: str, effect_zh: str, effect_en: str) -> Purpose:
    return Purpose(
        name=f"payments.{choice}", zh=zh, en=en, effect_zh=effect_zh, effect_en=effect_en
    )


OF_THE_HOUSE: Final = (
    Purpose(
        name="load_decision", zh="判定存疑圈存", en="Decide a load in doubt",
        effect_zh="这次圈存按所写判定了结：判已写卡，钱归卡；判未写卡，钱回到订单，可再写或退回。",
        effect_en="The load ends as decided: loaded, and the money is the card's; not loaded, and"
        " it is the order's again, to be written anew or given back.",
    ),
    Purpose(
        name="load_lock_lifted", zh="提前解除锁定", en="Lift a lock early",
        effect_zh="这把锁立即解除，可以重新圈存；失败次数从头数起。",
        effect_en="The lock ends at once, loads may begin again, and failures count anew.",
    ),
    Purpose(
        name="card_key_activation", zh="启用卡密钥", en="Activate a card key",
        effect_zh="这把密钥开始服务，原来在用的转为交接中。",
        effect_en="The key goes to work, and the one before becomes outgoing.",
    ),
    Purpose(
        name="card_key_destruction", zh="销毁卡密钥", en="Destroy a card key",
        effect_zh="同意后由同一位安全员在密钥仪式上销毁；销毁了就找不回来。",
        effect_en="After it the same security officer destroys the key in a ceremony; it cannot"
        " be had back.",
    ),
    Purpose(
        name="card_service.redemption", zh="赎回付款", en="Pay a redemption",
        effect_zh="卡内余额按所列方式付还：原路退回、银行转账或柜面现金，一次全部同意。",
        effect_en="The card's balance is paid back by the ways listed: to who paid, by bank or in"
        " cash, all of it at once.",
    ),
    _of_payments("accept_as_paid", "确认收款并原路退回", "Accept as paid and refund",
                 "认定钱已收到，随即原路退回付款人。",
                 "The money counts as received and goes back to who paid."),
    _of_payments("ask_again", "再次请求渠道", "Ask the channel again",
                 "向渠道再查一次，不动账。", "The channel is asked once more; nothing is booked."),
    _of_payments("back_to_claim", "撤回退款", "Take a refund back",
                 "这次退款作废，钱回到待退，可换一条路再退。",
                 "The refund is void; its money waits again and may go another way."),
    _of_payments("close_as_not_money", "认定未收到款项", "Close: no money came",
                 "这笔付款关闭，什么也不入账。", "The payment is closed and nothing is booked."),
    _of_payments("dismiss", "不再处理", "Dismiss",
                 "这件事关闭，不再处理，不动账。", "The matter is closed; nothing is booked."),
    _of_payments("explain", "差异已查明", "The difference is explained",
                 "差异带着理由关闭，不动账。",
                 "The difference is closed with its reason; nothing is booked."),
    _of_payments("mark_done", "认定退款已到账", "Mark a refund as done",
                 "这笔退款按已到账入账。", "The refund is booked as done."),
    _of_payments("try_again", "重新处理", "Try again",
                 "系统再办一次，结果照常入账。", "The system tries once more and books as usual."),
)  # fmt: skip

OF_CUSTODY: Final = (
    Purpose(
        name="custody.outflow", zh="备付金划出", en="Pay out of the reserve",
        effect_zh="钱从所列账户转入在途付款，付款指令交给银行；对账单见到付出才算付出。",
        effect_en="The money moves into payments on their way and the bank is instructed; only its"
        " statement makes it paid.",
    ),
    Purpose(
        name="custody.outflow.second", zh="备付金划出（先一位复核）",
        en="Pay out of the reserve (the first of two checks)",
        effect_zh="金额超过一人复核的限额：您同意后还要另一位财务人员同意，钱才会动。",
        effect_en="It is above what one checker may allow: after you another finance officer must"
        " agree before any money moves.",
    ),
    Purpose(
        name="custody.understanding", zh="查清待查款项", en="Settle money in suspense",
        effect_zh="这笔流水从待查款项转到所写的账户。",
        effect_en="The entry's money leaves suspense for the account named here.",
    ),
    Purpose(
        name="custody.correction", zh="银行更正对账单", en="A bank's corrected statement",
        effect_zh="原对账单保留，以更正后的为准：不再有的流水冲回，新的流水补记。",
        effect_en="What the bank told first is kept; entries that are no more are taken back and"
        " new ones are booked.",
    ),
    Purpose(
        name="custody.reversal", zh="冲正分录", en="Reverse transfers",
        effect_zh="原分录不动，另记一笔方向相反、金额相同的；一起申请的要么全部冲正，要么都不冲正。",
        effect_en="What was booked stays; the opposite is booked beside it. Everything asked"
        " together is reversed together or not at all.",
    ),
    Purpose(
        name="custody.limit", zh="变更一人复核限额", en="Change what one checker may allow",
        effect_zh="从此刻起，这个用途不超过新限额的划出只要一位复核。",
        effect_en="From then on one checker is enough for outflows of this purpose up to the new"
        " limit.",
        compare=custody_effects.of_limit,
    ),
    Purpose(
        name="custody.recognition", zh="新的认账规则", en="A new recognition rule",
        effect_zh="从此刻起，符合它的银行流水自动按它入账；同一账户同名的旧规则随即停用。",
        effect_en="From then on bank entries that fit it are booked by it; the rule of the same"
        " name on the same account ends.",
        compare=custody_effects.of_rule,
    ),
    Purpose(
        name="custody.patience", zh="变更申报未办理要等的天数",
        en="Change how long a bank must deny a number",
        effect_zh="从此刻起，银行在这么多天里都答复没有这个指令号，才能申报未办理。",
        effect_en="From then on a bank must deny a number on this many days before it may be"
        " declared not instructed.",
    ),
    Purpose(
        name="custody.not_instructed", zh="申报指令未办理", en="Declare an instruction not made",
        effect_zh="认定银行没有收到这个指令，钱退回原处；日后对账单若显示已付，随即再记付出。",
        effect_en="The bank never had the instruction and its money goes back where it came from;"
        " should a statement ever show it paid, it is booked out again at once.",
    ),
    Purpose(
        name="custody.not_instructed.undo", zh="申报指令未办理（日后若见付出）",
        en="Declare an instruction not made (should it be paid after all)",
        effect_zh="与申报未办理是同一件事，一起同意或一起拒绝：它让日后见到的付出能随即入账。",
        effect_en="It is one matter with the declaration, decided together with it: it lets a"
        " payment that shows after all be booked at once.",
    ),
    Purpose(
        name="matching.voucher", zh="对账：入账凭证", en="Matching: a voucher",
        effect_zh="按所列分录入账，差异就此了结；依据若已变化就作废，什么也不动。",
        effect_en="The listed postings are booked and the difference is settled; if its grounds"
        " have changed, nothing moves.",
    ),
    Purpose(
        name="matching.act", zh="对账：请对方核实", en="Matching: ask the other side",
        effect_zh="向渠道、银行或清分平台再核实一次，不动账。",
        effect_en="The channel, bank or clearing platform is asked again; nothing is booked.",
    ),
    Purpose(
        name="matching.match", zh="对账：人工勾对", en="Matching: match by hand",
        effect_zh="所列各行视为同一件事，不再算作差异；不动账。",
        effect_en="The listed lines count as one matter and differ no more; nothing is booked.",
    ),
    Purpose(
        name="matching.unmatch", zh="对账：撤销勾对", en="Matching: undo a match",
        effect_zh="这次人工勾对撤销，各行重新参加对账；不动账。",
        effect_en="The match by hand is undone and its lines are matched anew; nothing is booked.",
    ),
    Purpose(
        name="day_exception", zh="带例外结账", en="Close a day with an exception",
        effect_zh="这一天带着所列例外封存，再也不能改；改好之前暂停划出自有收入和存放。",
        effect_en="The day is sealed with these exceptions and never opened again; until they are"
        " mended, sweeps and placements stop.",
    ),
    Purpose(
        name="legacy_opening", zh="历史余额开账", en="Open legacy balances",
        effect_zh="移交的钱记入备付金，缺口记为自有资金应补足；每张卡第一次被证实时转到卡上。",
        effect_en="The money handed over enters the reserve and own money owes the gap; each card"
        " gets its share when its balance is first proved.",
    ),
    Purpose(
        name="rule_profile_change", zh="变更备付金规则", en="Change the rule profile",
        effect_zh="从所写营业日起，这个池按新规则：允许的用途、限额和结账条件随之改变。",
        effect_en="From the day named, the pool lives under the other rules: what may leave,"
        " limits and the gates of its days change with them.",
    ),
)  # fmt: skip
