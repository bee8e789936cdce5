"""The words of banks' contracts and folders, in both languages."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SOURCES: Final[dict[str, str | Promise]] = {
    "sftp": _("银行文件夹（SFTP）"),
    "api": _("银行接口"),
    "upload": _("人工上传"),
}
WHOLE_BY: Final[dict[str, str | Promise]] = {
    "mark": _("旁边出现标记文件"),
    "stable": _("静止一段时间"),
}
LABELS: Final[dict[str, str | Promise]] = {
    "account_no": _("账号"),
    "closed_on": _("销户日期"),
    "form": _("对账单格式"),
    "opened_on": _("开户日期"),
    "use": _("用途"),
    "bank": _("银行"),
    "files": _("文件名与格式"),
    "folder": _("文件夹"),
    "host": _("服务器"),
    "host_keys": _("主机公钥"),
    "is_open": _("在用"),
    "key_secret": _("登录私钥的名称"),
    "login": _("登录名"),
    "mark": _("标记文件后缀"),
    "merchant_id": _("商户协议编号"),
    "pays_out": _("可以付款"),
    "port": _("端口"),
    "replaces": _("依据的上次审批"),
    "since": _("起始日期"),
    "stable_seconds": _("静止秒数"),
    "statement_due": _("对账单最迟时间"),
    "statement_source": _("对账单来源"),
    "whole_by": _("怎样算完整"),
}
RIGHT: Final[dict[str, str | Promise]] = {
    "account_name": _("写银行登记的户名，最多 120 字；变更时要有一项与现在不同。"),
    "account_no": _("账号是 5 到 40 位数字、大写字母或短横，不带空格。"),
    "closed_on": _("销户日期不能早于开户，也不能晚于今天。"),
    "form": _("请从列表里选一种格式。"),
    "opened_on": _("请选开户日期，不能晚于今天。"),
    "pool": _("请从列表里选一个池。"),
    "use": _("请从列表里选一种用途。"),
    "bank": _("请从列表里选一家银行。"),
    "files": _("一行一种：文件名样式、空格、格式，比如 *.sta mt940；格式要在列出的格式里。"),
    "folder": _("写服务器上的文件夹，不能用 ~ 或 ..，最多 200 字。"),
    "host": _("写服务器的域名或地址，不带协议和端口。"),
    "host_keys": _("一行一把公钥，比如 ssh-ed25519 AAAA…，以银行书面提供的为准。"),
    "key_secret": _("写私钥在密钥柜里的名称，只含小写字母、数字、下划线和短横；不要写私钥本身。"),
    "login": _("写登录名，最多 64 字。"),
    "mark": _("写标记文件的后缀，比如 .ok。"),
    "merchant": _("这家银行在这个池还没有商户协议，或者没有选。"),
    "port": _("端口是 1 到 65535 的整数。"),
    "since": _("请选一个日期。"),
    "stable_seconds": _("写 1 到 86400 的秒数。"),
    "statement_due": _("写钟点，比如 09:30。"),
    "statement_source": _("请从列表里选一种来源。"),
    "whole_by": _("请从列表里选一种。"),
}
