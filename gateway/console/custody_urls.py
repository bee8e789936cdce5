"""Custody's addresses in the console; each view says who may enter."""

from django.urls import path

from gateway.console.pages import (
    custody_accounts,
    custody_banks,
    custody_cases,
    custody_coverage,
    custody_cutover,
    custody_days,
    custody_declaring,
    custody_differences,
    custody_explain,
    custody_handover,
    custody_matches,
    custody_outflows,
    custody_placement_returns,
    custody_placements,
    custody_recognition,
    custody_reports,
    custody_reversals,
    custody_rules,
    custody_statements,
    custody_vouchers,
    custody_winding,
)

urlpatterns = [
    path("custody", custody_coverage.board, name="custody"),
    path("custody/pools/<int:pool>", custody_coverage.pool, name="custody-pool"),
    path("custody/pools/<int:pool>/kinds/<slug:name>", custody_explain.kind, name="custody-kind"),
    path(
        "custody/pools/<int:pool>/accounts/<uuid:account_id>",
        custody_explain.account,
        name="custody-account",
    ),
    path(
        "custody/pools/<int:pool>/transfers/<uuid:transfer_id>",
        custody_explain.transfer,
        name="custody-transfer",
    ),
    path("custody/pools/<int:pool>/rules", custody_rules.rules, name="custody-rules"),
    path(
        "custody/pools/<int:pool>/rules/change/<str:profile>",
        custody_rules.change,
        name="custody-rules-change",
    ),
    path(
        "custody/pools/<int:pool>/limits/<slug:purpose>",
        custody_rules.limit,
        name="custody-limit",
    ),
    path("custody/cases", custody_cases.cases, name="custody-cases"),
    path("custody/differences", custody_differences.differences, name="custody-differences"),
    path(
        "custody/differences/<uuid:difference_id>",
        custody_differences.difference,
        name="custody-difference",
    ),
    path(
        "custody/differences/<uuid:difference_id>/<slug:choice>",
        custody_differences.propose,
        name="custody-voucher",
    ),
    path("custody/matches", custody_matches.matches, name="custody-matches"),
    path("custody/matches/<int:pool>/<slug:relation>", custody_matches.match, name="custody-match"),
    path(
        "custody/matches/<uuid:decision_id>/undo",
        custody_matches.unmatch,
        name="custody-unmatch",
    ),
    path("custody/outflows", custody_outflows.outflows, name="custody-outflows"),
    path("custody/outflows/ask", custody_outflows.choose, name="custody-outflow-choose"),
    path(
        "custody/outflows/ask/<int:pool>/<slug:purpose>",
        custody_outflows.ask,
        name="custody-outflow-ask",
    ),
    path("custody/outflows/<uuid:request_id>", custody_outflows.outflow, name="custody-outflow"),
    path(
        "custody/outflows/<uuid:request_id>/withdraw",
        custody_outflows.withdraw,
        name="custody-outflow-withdraw",
    ),
    path(
        "custody/pools/<int:pool>/recognition",
        custody_recognition.recognition,
        name="custody-recognition",
    ),
    path(
        "custody/pools/<int:pool>/recognition/ask/<slug:kind>",
        custody_recognition.ask,
        name="custody-recognition-ask",
    ),
    path(
        "custody/pools/<int:pool>/recognition/<uuid:rule_id>/end",
        custody_recognition.end,
        name="custody-recognition-end",
    ),
    path("custody/reports", custody_reports.reports, name="custody-reports"),
    path("custody/reports/<int:pool>/<slug:name>", custody_reports.reading, name="custody-reading"),
    path("custody/cutover", custody_cutover.cutovers, name="custody-cutovers"),
    path("custody/cutover/upload", custody_handover.upload, name="custody-handover"),
    path(
        "custody/cutover/uploaded/<str:told>", custody_handover.take, name="custody-handover-judged"
    ),
    path(
        "custody/cutover/uploaded/<str:told>/verdicts.csv",
        custody_handover.verdicts,
        name="custody-handover-verdicts",
    ),
    path("custody/cutover/<uuid:import_id>", custody_cutover.cutover, name="custody-cutover"),
    path(
        "custody/cutover/<uuid:import_id>/differences.csv",
        custody_cutover.differences,
        name="custody-cutover-report",
    ),
    path("custody/cutover/<uuid:import_id>/open", custody_cutover.ask, name="custody-cutover-ask"),
    path(
        "custody/cutover/<uuid:import_id>/day",
        custody_cutover.take_day,
        name="custody-cutover-day",
    ),
    path(
        "custody/instructions/<uuid:instruction_id>/not-instructed",
        custody_declaring.declare,
        name="custody-not-instructed",
    ),
    path(
        "custody/pools/<int:pool>/patience",
        custody_declaring.change_patience,
        name="custody-patience",
    ),
    path("custody/reversals", custody_reversals.asked, name="custody-reversals"),
    path(
        "custody/pools/<int:pool>/transfers/<uuid:transfer_id>/reverse",
        custody_reversals.ask,
        name="custody-reversal",
    ),
    path("custody/placements", custody_placements.placements, name="custody-placements"),
    path(
        "custody/placements/<uuid:placement_id>",
        custody_placements.placement,
        name="custody-placement",
    ),
    path(
        "custody/placements/<uuid:placement_id>/return",
        custody_placement_returns.take_back,
        name="custody-placement-return",
    ),
    path(
        "custody/placements/<uuid:placement_id>/return/off",
        custody_placement_returns.call_off,
        name="custody-placement-off",
    ),
    path("custody/pools/<int:pool>/winding", custody_winding.report, name="custody-winding"),
    path("custody/pools/<int:pool>/winding/ask", custody_winding.ask, name="custody-winding-ask"),
    path("custody/pools/<int:pool>/ladder", custody_placements.pool_ladder, name="custody-ladder"),
    path(
        "custody/pools/<int:pool>/placements/ask",
        custody_placements.ask,
        name="custody-placement-ask",
    ),
    path("custody/banks", custody_banks.banks, name="custody-banks"),
    path(
        "custody/banks/accounts/new", custody_accounts.put_account, name="custody-bank-account-new"
    ),
    path(
        "custody/banks/accounts/<uuid:account_id>/change",
        custody_accounts.put_account,
        name="custody-bank-account",
    ),
    path(
        "custody/banks/accounts/<uuid:account_id>",
        custody_banks.put_contract,
        name="custody-bank-contract",
    ),
    path("custody/banks/folders/new", custody_banks.put_folder, name="custody-bank-folder-new"),
    path(
        "custody/banks/folders/<uuid:mailbox_id>",
        custody_banks.put_folder,
        name="custody-bank-folder",
    ),
    path("custody/statements", custody_statements.statements, name="custody-statements"),
    path("custody/statements/upload", custody_statements.upload, name="custody-upload"),
    path("custody/entries/<uuid:entry_id>", custody_statements.entry, name="custody-entry"),
    path(
        "custody/entries/<uuid:entry_id>/understand",
        custody_statements.understand,
        name="custody-understand",
    ),
    path(
        "custody/files/<uuid:file_id>/correction",
        custody_statements.correct,
        name="custody-correction",
    ),
    path("custody/vouchers", custody_vouchers.find, name="custody-voucher-find"),
    path(
        "custody/pools/<int:pool>/vouchers/<str:day>",
        custody_vouchers.of_day,
        name="custody-vouchers",
    ),
    path(
        "custody/pools/<int:pool>/vouchers/<str:day>/<int:number>",
        custody_vouchers.voucher,
        name="custody-voucher-one",
    ),
    path(
        "custody/pools/<int:pool>/vouchers/<str:day>/<int:number>/paper",
        custody_vouchers.on_paper,
        name="custody-voucher-paper",
    ),
    path("custody/days", custody_days.days, name="custody-days"),
    path("custody/days/<int:pool>/<str:day>", custody_days.day, name="custody-day"),
    path(
        "custody/days/<int:pool>/<str:day>/exception",
        custody_days.except_day,
        name="custody-exception",
    ),
    path(
        "custody/days/<int:pool>/<str:day>/reports/<slug:name>.<slug:form>",
        custody_days.report,
        name="custody-report",
    ),
]
