"""Why a list is refused before a single row of it is believed."""

from accounts.errors import DomainError, Sort


class ListRefused(DomainError):
    """Not a list that is read. Facts may name the `line`."""

    code = "bulk_list_refused"
    sort = Sort.CALLER
    zh = "这个文件读不懂。请用我们的模板，存成 .xlsx 或 .csv 再上传。"
    en = "This file cannot be read. Use our template and save it as .xlsx or .csv."


class ListMissing(ListRefused):
    """No file came along, or more than is taken."""

    code = "bulk_list_missing"
    zh = "没有收到文件，或文件太大（最大 5 MB）。"
    en = "No file arrived, or it is too large (at most 5 MB)."


class ListOfOldFormat(ListRefused):
    """An .xls, or a workbook with a password."""

    code = "bulk_list_old_format"
    zh = "这是旧格式（.xls）或加了密码的表格，请另存为不带密码的 .xlsx。"
    en = "This is an old .xls or has a password; save it as .xlsx without one."


class ListUnpacksTooLarge(ListRefused):
    """A small archive of a large content."""

    code = "bulk_list_unpacks_too_large"
    zh = "这个表格解开后太大，不读。请只保留名单一张表，清除多余的格式。"
    en = "This workbook unpacks to far too much and is not read; keep the one sheet only."


class ListHasMacros(ListRefused):
    """A program comes with it."""

    code = "bulk_list_has_macros"
    zh = "表格里有宏程序，不读。请另存为不带宏的 .xlsx。"
    en = "The workbook carries macros and is not read; save it as .xlsx without them."


class ListReachesOutside(ListRefused):
    """Declarations, links to other workbooks, embedded objects."""

    code = "bulk_list_reaches_outside"
    zh = "表格里有外部链接、嵌入对象或文档声明，不读。请只粘贴数值到新表。"
    en = "The workbook has external links, objects or declarations; paste values into a new one."


class ListHasFormulas(ListRefused):
    """A cell is computed. Facts: `line`."""

    code = "bulk_list_has_formulas"
    zh = "表格里有公式，不读：请全选后“选择性粘贴—数值”再上传。"
    en = "The sheet has formulas: paste it as values and upload it again."


class ListTextUnreadable(ListRefused):
    """Neither UTF-8 nor GBK."""

    code = "bulk_list_text_unreadable"
    zh = "文字编码不是 UTF-8 也不是 GBK，请另存为其中一种。"
    en = "The text is neither UTF-8 nor GBK; save it as one of them."


class ListHeadingUnknown(ListRefused):
    """No row names 卡号 and 金额."""

    code = "bulk_list_heading_unknown"
    zh = "没有找到表头：前几行里要有“卡号”和“金额”两列。"
    en = "No heading was found: the first rows must name the columns 卡号 and 金额."


class ListEmpty(ListRefused):
    """A heading and nothing under it."""

    code = "bulk_list_empty"
    zh = "表头下面没有人。"
    en = "Nobody is listed under the heading."


class ListTooLong(ListRefused):
    """More rows than one order takes."""

    code = "bulk_list_too_long"
    zh = "一份名单最多 10,000 行，请分开上传。"
    en = "One list has at most 10,000 rows; split it."
