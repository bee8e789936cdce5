"""The report as JSON, in a form that stays: version 1 only ever gains fields."""

from __future__ import annotations

import json
from typing import Any

from gateway.certification.values import Finding, Report, Verdict

VERSION = 1


def written(report: Report) -> str:
    """JSON, indented; Chinese as it is."""
    words = {
        "version": VERSION,
        "bank": {"name": report.bank, "zh": report.bank_zh, "en": report.bank_en},
        "merchant_no": report.merchant_no,
        "endpoint": report.endpoint,
        "began_at": report.began_at.isoformat(),
        "verdict": report.verdict.value,
        "counts": {verdict.value: report.count(verdict) for verdict in Verdict},
        "findings": [_finding(finding) for finding in report.findings],
    }
    return json.dumps(words, ensure_ascii=False, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = {
        "number": finding.number,
        "family": finding.family.value,
        "zh": finding.zh,
        "en": finding.en,
        "verdict": finding.verdict.value,
        "expected": finding.expected,
        "actual": finding.actual,
        "milliseconds": finding.milliseconds,
        "signature": None,
    }
    if finding.signature is not None:
        told["signature"] = {
            "verdict": finding.signature.verdict,
            "why": finding.signature.why,
            "key_id": finding.signature.key_id,
            "canonical": finding.signature.canonical,
            "digests": dict(finding.signature.digests),
            "skew_seconds": finding.signature.skew_seconds,
            "hints": list(finding.signature.hints),
        }
    return told
