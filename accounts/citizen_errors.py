"""What may stand in the way of a citizen: signing in, real names, one's own data."""

from __future__ import annotations

from typing import ClassVar

from accounts.errors import DomainError, Sort


class CodeTooSoon(DomainError):
    """`facts`: `wait_seconds`, whole seconds until another code may be asked for."""

    code = "signin_code_too_soon"
    sort = Sort.CONFLICT
    zh = "验证码刚发过，请等一会儿再要新的；先到的那条在五分钟内仍然有效。"
    en = "A code was sent a moment ago. Wait a little; the one sent is good for five minutes."


class CodesSpent(DomainError):
    """`facts`: `wait_seconds`, whole seconds until another code may be asked for."""

    code = "signin_codes_spent"
    sort = Sort.CONFLICT
    zh = "这个号码或这个网络今天要的验证码太多，请稍后再试。"
    en = "Too many codes were asked for from here or for this number. Try again later."


class CodeWrong(DomainError):
    """`facts`: `left`, how often this code may still be tried."""

    code = "signin_code_wrong"
    sort = Sort.CALLER
    zh = "验证码不对，请核对最新一条短信。"
    en = "The code is not right. Look at the newest message."


class CodeOver(DomainError):
    code = "signin_code_over"
    sort = Sort.CALLER
    zh = "这个验证码已经失效，请重新获取。"
    en = "This code is over. Ask for a new one."


class SignInTooOften(DomainError):
    code = "signin_too_often"
    sort = Sort.CONFLICT
    zh = "试的次数太多，请十五分钟后再试。"
    en = "Too many tries. Try again in fifteen minutes."


class SignInNotPossible(DomainError):
    code = "signin_not_possible"
    sort = Sort.FORBIDDEN
    zh = "这个号码暂时不能登录，请拨打客服热线。"
    en = "This number cannot sign in at present. Please call the hotline."


class RefreshNotValid(DomainError):
    code = "refresh_token_not_valid"
    sort = Sort.CALLER
    zh = "登录已经失效，请重新登录。"
    en = "This sign-in is over. Sign in again."


class RefreshReused(DomainError):
    """An old refresh token came back: the whole sign-in was ended and an alarm kept."""

    code = "refresh_token_reused"
    sort = Sort.CALLER
    zh = "这次登录可能被人盗用，已经退出。请重新登录，并检查登录过的设备。"
    en = "This sign-in may have been stolen and was ended. Sign in again and check your devices."


class DeviceUnknown(DomainError):
    code = "device_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到这台设备。"
    en = "No such device."


class IdNumberNotUnderstood(DomainError):
    code = "id_number_not_understood"
    sort = Sort.CALLER
    zh = "身份证号码不对，请核对 18 位号码。"
    en = "The ID number is not right; check its 18 characters."


class NameNotUnderstood(DomainError):
    code = "real_name_not_understood"
    sort = Sort.CALLER
    zh = "姓名不对，请按身份证填写。"
    en = "The name is not understood; write it as on the ID card."


class RealNameUnderWay(DomainError):
    code = "real_name_under_way"
    sort = Sort.CONFLICT
    zh = "上一次实名核验还没有结果，请稍等。"
    en = "The last check of your name has no answer yet. Please wait."


class RealNameDone(DomainError):
    code = "real_name_done"
    sort = Sort.CONFLICT
    zh = "您已经实名，不用再做。"
    en = "Your name is confirmed already."


class RealNameTooOften(DomainError):
    code = "real_name_too_often"
    sort = Sort.CONFLICT
    zh = "今天核验的次数太多，请明天再试。"
    en = "Too many checks today. Try again tomorrow."


class RealNameNotOffered(DomainError):
    code = "real_name_not_offered"
    sort = Sort.PARTNER
    zh = "实名核验暂时不能办理，请稍后再试。"
    en = "Confirming names is not possible at present. Try again later."


class HasDuties(DomainError):
    code = "deletion_has_duties"
    sort = Sort.CONFLICT
    zh = "您还有工作岗位，请先请管理员收回，再注销。"
    en = "You hold a post here. Ask an administrator to take it back first."


class CardReportedLost(DomainError):
    code = "deletion_card_lost"
    sort = Sort.CONFLICT
    zh = "您有一张挂失中的卡，请先办完补卡或赎回，再注销。"
    en = "One of your cards is reported lost. Finish its replacement or redemption first."


class NameBeingChecked(DomainError):
    code = "deletion_name_under_way"
    sort = Sort.CONFLICT
    zh = "您的实名核验还没有结果，有结果后再注销。"
    en = "A check of your name has no answer yet. Delete your data when it has."


class DeletionNotConfirmed(DomainError):
    """Nobody deletes by accident: the word on the page is typed or the box is ticked."""

    code: ClassVar[str] = "deletion_not_confirmed"
    sort = Sort.CALLER
    zh = "请先勾选确认，再注销。"
    en = "Tick the box first."
