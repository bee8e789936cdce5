"""What privileged acts and security events are called on the console's pages."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gateway.console import counter_words

ACTS: Final[dict[str, str | Promise]] = {
    **counter_words.ACTS,
    "card_application_anew": _("卡应用重新登记"),
    "card_profile_by_aid": _("按应用选定卡规格"),
    "invoice_asked_again": _("再问开票服务"),
    "kiosk_code_issued": _("取终端注册码"),
    "kiosk_entrusted": _("终端交给网点"),
    "kiosk_key_added": _("终端登记密钥"),
    "kiosk_keys_revoked": _("撤销终端密钥"),
    "kiosk_moved": _("搬迁终端"),
    "kiosk_note_after_count": _("清点后收到的收款记录"),
    "kiosk_note_beyond_its_slot": _("收钞超出许可"),
    "kiosk_placed": _("标注终端位置"),
    "kiosk_quota_granted": _("授予终端额度"),
    "kiosk_request_refused": _("拒绝终端请求"),
    "load_decided": _("判定存疑圈存"),
    "load_lock_lifted": _("提前解除锁定"),
    "incident_explained": _("说明卡片异常"),
    "incident_closed": _("关闭卡片异常"),
    "approval_approved": _("同意审批"),
    "approval_asked": _("提交审批"),
    "approval_refused": _("拒绝审批"),
    "card_credited_after_refusal": _("卡拒绝后又记了款"),
    "card_tac_wrong": _("卡的交易凭证不对"),
    "card_surrendered": _("收回卡片"),
    "code_refused": _("验证码不对"),
    "deposit_taken": _("收押金"),
    "duty_owed_again": _("重新办理任务"),
    "factor_shown": _("再次出示验证码"),
    "officer_invited": _("邀请工作人员"),
    "personal_data_viewed": _("查看个人资料"),
    "partner_bank_active": _("恢复合作银行"),
    "partner_bank_suspended": _("暂停合作银行"),
    "outflow_asked": _("申请备付金划出"),
    "refund_abnormal": _("退款异常"),
    "report_downloaded": _("下载报表"),
    "role_granted": _("授予角色"),
    "role_revoked": _("收回角色"),
    "rule_profile_changed": _("变更备付金规则"),
    "sign_in_paused": _("登录暂停"),
    "sign_in_refused": _("登录被拒"),
    "signed_in": _("登录"),
    "signed_out": _("退出"),
}
"""Privileged acts and security events; one without a word here is shown by its code."""
