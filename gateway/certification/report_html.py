"""The report as one page that needs nothing else: the house's look, both languages, printable."""

from __future__ import annotations

import re
from html import escape
from importlib.resources import files

from accounts.clock import SHANGHAI
from gateway.certification.values import Family, Finding, Report, Signature, Verdict
from gateway.channels.debugging.hints import HINTS

VERDICTS = {
    Verdict.PASSED: ("通过", "passed"),
    Verdict.FAILED: ("未通过", "failed"),
    Verdict.SKIPPED: ("不适用", "not for this bank"),
    Verdict.UNTRIED: ("未能测试", "could not be tried"),
}
FAMILIES = {
    Family.PUSHES: ("推送到我方", "Pushes to our door"),
    Family.ORDERS: ("订单", "Orders at the bank"),
    Family.REFUNDS: ("退款", "Refunds at the bank"),
    Family.TRUST: ("密钥、时钟与时效", "Keys, clocks and promptness"),
    Family.BILLS: ("对账文件", "Daily files"),
}
_TONES = {
    Verdict.PASSED: "settled",
    Verdict.FAILED: "wrong",
    Verdict.SKIPPED: "ink-2",
    Verdict.UNTRIED: "waiting",
}
_STYLE = """
*{box-sizing:border-box}
html{font-size:var(--type)}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 var(--sans)}
main{max-width:72rem;margin:0 auto;padding:var(--s6) var(--s5)}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 var(--s2)}
h2{font-size:1.15rem;margin:var(--s6) 0 var(--s2)}
[lang=en]{color:var(--ink-2)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:var(--s1) var(--s4);margin:var(--s4) 0}
dt{color:var(--ink-2)} dd{margin:0;overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse;background:var(--surface)}
th,td{text-align:left;vertical-align:top;padding:var(--s2) var(--s3)}
th,td{border-bottom:1px solid var(--line)} thead th{border-color:var(--line-strong)}
td:first-child{font-family:var(--mono);white-space:nowrap}
td [lang]{display:block}
.tag{display:inline-block;font-weight:600;white-space:nowrap}
.settled{color:var(--settled)} .wrong{color:var(--wrong)}
.waiting{color:var(--waiting)} .ink-2{color:var(--ink-2)}
tr.failed td{background:var(--wrong-soft)}
pre{font:.8rem/1.5 var(--mono);white-space:pre-wrap;overflow-wrap:anywhere;margin:var(--s2) 0;
background:var(--sunken);padding:var(--s3)}
.total{font-size:1.2rem;font-weight:700;border-top:3px solid;padding-top:var(--s3)}
@media (max-width:40rem){thead{display:none}td{display:block;border:0}
tr{display:block;border-bottom:1px solid var(--line)}}
@media print{main{padding:0;max-width:none}tr{break-inside:avoid}h2{break-after:avoid}}
"""


def written(report: Report) -> str:
    """The page, without scripts, links or images; every word of the outside escaped."""
    families = "".join(_family(family, report) for family in Family)
    zh, en = VERDICTS[report.verdict]
    title = f"{report.bank_zh} 自助验收报告"
    counts = ",".join(f"{VERDICTS[one][0]} {report.count(one)}" for one in Verdict)
    counts_en = ", ".join(f"{report.count(one)} {VERDICTS[one][1]}" for one in Verdict)
    return (
        f'<!doctype html><html lang="zh-Hans" data-face="console"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_tokens()}{_STYLE}</style></head><body><main>"
        f'<h1>{escape(title)}</h1><p lang="en">Self-certification: {escape(report.bank_en)}</p>'
        f'<p class="total {_TONES[report.verdict]}">{zh} <span lang="en">{en}</span></p>'
        f'<p>{counts} <span lang="en">{counts_en}</span></p>{_heading(report)}{families}'
        f"</main></body></html>\n"
    )


def _heading(report: Report) -> str:
    began = report.began_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    rows = (
        ("银行 bank", report.bank),
        ("商户号 merchant", report.merchant_no),
        ("地址 endpoint", report.endpoint),
        ("开始 began", f"{began} 北京时间"),
    )
    return "<dl>" + "".join(f"<dt>{a}</dt><dd>{escape(b)}</dd>" for a, b in rows) + "</dl>"


def _family(family: Family, report: Report) -> str:
    findings = [finding for finding in report.findings if finding.family is family]
    if not findings:
        return ""
    zh, en = FAMILIES[family]
    head = "".join(
        f'<th scope="col">{a} <span lang="en">{b}</span></th>'
        for a, b in (
            ("编号", "no."),
            ("场景", "scenario"),
            ("应当", "expected"),
            ("实际", "actual"),
            ("结论", "verdict"),
        )
    )
    rows = "".join(_row(finding) for finding in findings)
    return (
        f'<h2>{zh} <span lang="en">{en}</span></h2>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(finding: Finding) -> str:
    zh, en = VERDICTS[finding.verdict]
    signature = _signature(finding.signature) if finding.signature else ""
    return (
        f'<tr class="{finding.verdict.value}"><td>{finding.number}</td>'
        f'<td>{escape(finding.zh)}<span lang="en">{escape(finding.en)}</span></td>'
        f"<td>{escape(finding.expected)}</td><td>{escape(finding.actual)}{signature}</td>"
        f'<td><span class="tag {_TONES[finding.verdict]}">{zh}</span>'
        f'<span lang="en">{en}, {finding.milliseconds} ms</span></td></tr>'
    )


def _signature(told: Signature) -> str:
    lines = [f"验签 signature: {told.verdict} {told.why}".rstrip()]
    if told.key_id:
        lines.append(f"密钥 key: {told.key_id}")
    if told.skew_seconds is not None:
        lines.append(f"时差 skew: {told.skew_seconds} s")
    lines += [f"{name}: {digest}" for name, digest in told.digests.items()]
    lines += [" ".join(HINTS[code]) for code in told.hints]
    if told.canonical:
        lines += ["签名原文 canonical:", told.canonical]
    return f"<pre>{escape(chr(10).join(lines))}</pre>"


def _tokens() -> str:
    """The house's colours, type and spaces: the custom properties of gateway/pages, and no more."""
    css = (files("gateway.pages") / "static/pages/pages.css").read_text(encoding="utf-8")
    return "".join(re.findall(r":root(?:\[[^{]*\])?\s*\{[^}]*\}", css.split("/* Ground */")[0], 0))
