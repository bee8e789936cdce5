"""What a standing word of two officers would change, beside what holds now."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import Approval
from gateway.console import custody_words
from gateway.console.contents import Change
from gateway.pages.words import money
from reserve_funds.custody.bank import queries
from reserve_funds.custody.bank.models import RecognitionRule
from reserve_funds.handbook import Purpose


def of_limit(asked: Approval) -> list[Change]:
    """What one checker may allow now, and what they could."""
    purpose = Purpose(asked.content["purpose"])
    now_fen = queries.one_checker_limits(asked.pool, [purpose])[purpose]
    then_fen = int(asked.content["one_checker_most_fen"])
    word = str(custody_words.PURPOSES[purpose])
    return [Change(label=word, before=money(now_fen), after=money(then_fen))]


def of_rule(asked: Approval) -> list[Change]:
    """The namesake that ends, field by field, and the rule that would stand in its place."""
    content = asked.content
    known = {
        rule.name: rule
        for rule in queries.rules_of([asked.pool])
        if str(rule.account_id) == content["account_id"]
    }
    was = known.get(content["name"])
    before = _told(_fields(was)) if was is not None else {}
    after = _told(content)
    return [
        Change(label=label, before=before.get(label, "–"), after=value)
        for label, value in after.items()
    ]


def _fields(rule: RecognitionRule) -> dict[str, object]:
    names = ("side", "kind", "counterparty", "words", "terms", "place")
    return {name: getattr(rule, name) for name in names}


def _told(rule: dict[str, object]) -> dict[str, str]:
    terms = rule["terms"]
    assert isinstance(terms, dict)
    return {
        _("借贷"): _("转入") if rule["side"] == "in" else _("转出"),
        _("认作"): str(custody_words.KNOWN[str(rule["kind"])]),
        _("对方含有"): str(rule["counterparty"] or "–"),
        _("摘要含有"): str(rule["words"] or "–"),
        _("细则"): custody_words.terms(terms) or "–",
        _("次序"): str(rule["place"]),
    }
