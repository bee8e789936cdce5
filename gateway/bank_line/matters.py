"""What people must end when a bank is silent or a statement does not come: the kinds of case."""

from reserve_funds.custody.cases import kinds

PAYOUT_SILENT = kinds.register(
    "payout_silent",
    zh="银行一直没有明确答复这笔付款，请凭指令号与银行核实；系统不会重发。",
    en="The bank gives no clear answer about this payout; ask by its number. It is never resent.",
    working_days=1,
)
PAYOUT_NOT_SENT = kinds.register(
    "payout_not_sent",
    zh="这笔付款还没有发给银行：线路、协议或内容有问题。",
    en="This payout was never told to the bank: its line, contract or words are wrong.",
    working_days=1,
)
STATEMENT_LATE = kinds.register(
    "statement_late",
    zh="银行对账单过了约定时间还没有收到。",
    en="A bank statement has not come by its agreed time.",
    working_days=1,
)
STATEMENT_REFUSED = kinds.register(
    "statement_refused",
    zh="收到的对账单文件不能用，没有记任何账，请银行重新提供。",
    en="A statement file cannot be used; nothing was booked, and the bank must send it again.",
    working_days=1,
)
FILE_UNEXPECTED = kinds.register(
    "bank_file_unexpected",
    zh="银行的文件夹里有不认识的文件，没有收取。",
    en="A file in the bank's folder has a name nobody agreed on; it was not taken.",
    working_days=2,
)
BANK_ENQUIRY = kinds.register(
    "bank_enquiry",
    zh="渠道称已划付而银行未见到账：已请银行核实，须在期限内取得答复。",
    en="A channel says it paid out and the bank shows less: the bank is asked, and must answer.",
    working_days=3,
)
