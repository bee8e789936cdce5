"""What is done at counters and for enterprises, as the trail calls it and officers read it."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTS: Final[dict[str, str | Promise]] = {
    "assist_code_sent": _("代办：发验证码"),
    "assist_looked_up": _("代办：查询"),
    "assist_own_account": _("代办：查询本人账户"),
    "assist_too_many_look_ups": _("代办：查询过多"),
    "assisted_loss_report": _("代办：挂失"),
    "assisted_redemption": _("代办：申请退卡"),
    "assisted_top_up": _("代办：充值下单"),
    "assisted_tracking": _("代办：查充值"),
    "bulk_claim_taken": _("认领单位充值"),
    "bulk_contact_added": _("登记单位联系人"),
    "bulk_enterprise_registered": _("登记单位"),
    "bulk_invoice_asked": _("给单位申请发票"),
    "bulk_list_taken": _("收下单位名单"),
    "bulk_verdicts_downloaded": _("下载名单核对结果"),
}
