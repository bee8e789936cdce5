"""移交数据: a legacy system's file uploaded, judged line by line, and taken whole or not at all."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.core import signing
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts import clock, kept_files, trail
from accounts.clock import SHANGHAI, business_day
from accounts.errors import DomainError, NotAllowed
from accounts.masking import mask_card_no, mask_text
from accounts.roles import FINANCE_OFFICER
from gateway.console import custody, door, handover_words, mistakes, uploads, words
from gateway.console.amounts import fen_or_zero, whole_number
from gateway.console.seats import OfficerRequest
from reserve_funds.custody.bank import queries
from reserve_funds.custody.bank.errors import OutflowMalformed
from reserve_funds.custody.cutover import judging, services
from reserve_funds.custody.cutover.errors import (
    LegacyFileRefused,
    LegacyHandoverMalformed,
    LegacyUploadOfAnother,
)
from reserve_funds.custody.cutover.judging import Judged, Verdict
from reserve_funds.custody.cutover.models import LegacyImport
from reserve_funds.custody.cutover.services import Handover
from reserve_funds.custody.reports import export
from reserve_funds.custody.reports.values import Cell, Report, Table, count, fen, text

_SALT: Final = "console.custody.handover.by"
_BY: Final = "by"
_GOOD_FOR: Final = 3 * 24 * 3600
_LONGEST_ISSUER: Final = 40
_DIGEST = re.compile(r"[0-9a-f]{64}")


def ask_upload(request: OfficerRequest, /, *, mistake: DomainError | None = None) -> HttpResponse:
    """The form: the file, and what the legacy operator signed beside it."""
    names = words.pool_names()
    accounts = [
        one
        for one in queries.accounts(custody.making_pools(request.seat))
        if one.use == "reserve" and not one.closed_on
    ]
    context = mistakes.of(mistake) | {
        "accounts": [(one, names.get(one.pool, str(one.pool))) for one in accounts],
        "most_mib": uploads.LARGEST_HANDOVER >> 20,
        "typed": request.POST,
        "here": "cutover",
    }
    return render(request, "console/custody/handover.html", context)


@door.acting(custody.MAKERS, ask_upload)
def upload(request: OfficerRequest) -> HttpResponse:
    """Kept and looked through; nothing of it is taken yet."""
    file = request.FILES.get("file")
    if file is None:
        raise LegacyHandoverMalformed(field="file")
    told = _told(request)
    kept = kept_files.keep_stream(file, most_bytes=uploads.LARGEST_HANDOVER)  # type: ignore[arg-type]
    if not hmac.compare_digest(kept.digest, told.digest):
        raise LegacyHandoverMalformed(field="digest")
    address = reverse("console:custody-handover-judged", args=[_address(told, request)])
    return HttpResponseRedirect(address)


def judged(
    request: OfficerRequest, /, *, told: str, mistake: DomainError | None = None
) -> HttpResponse:
    """What was told beside what the file holds, and every line that is wrong or odd."""
    one, by = _of_address(request, told)
    try:
        with kept_files.opened(one.digest) as file:
            found: Judged | None = judging.judge(file, pool=one.pool)
    except LegacyFileRefused as unreadable:
        found, mistake = None, mistake or unreadable
    known = LegacyImport.objects.filter(pool=one.pool, issuer=one.issuer).first()
    agrees = found is not None and (found.cards, found.total_fen) == (one.cards, one.total_fen)
    context = mistakes.of(mistake) | {
        "told": one,
        "address": told,
        "pool_name": words.pool_names().get(one.pool, str(one.pool)),
        "found": found,
        "agrees": agrees,
        "known": known,
        "faults": _counted(found.faults, handover_words.FAULTS) if found else [],
        "remarks": _counted(found.remarks, handover_words.REMARKS) if found else [],
        "rows": [_shown(each) for each in found.listed] if found else [],
        "listed": judging.LISTED,
        "is_mine": by == request.seat.person.pk,
        "may_take": found is not None
        and found.is_good
        and agrees
        and known is None
        and by == request.seat.person.pk
        and custody.may_ask(request.seat, one.pool),
        "here": "cutover",
    }
    return render(request, "console/custody/handover_judged.html", context)


@door.acting(custody.MAKERS, judged)
def take(request: OfficerRequest, told: str) -> HttpResponse:
    """Taken whole by whoever uploaded it; it books nothing until two other officers open it."""
    one, by = _of_address(request, told)
    if not custody.may_ask(request.seat, one.pool):
        raise NotAllowed(person=str(request.seat.person.pk), role=FINANCE_OFFICER)
    if by != request.seat.person.pk:
        raise LegacyUploadOfAnother
    with kept_files.opened(one.digest) as file:
        taken = services.take(file, one, taken_by=request.seat.person, now=clock.now())
    return HttpResponseRedirect(reverse("console:custody-cutover", args=[taken.pk]))


@door.seated(custody.READERS, personal=True)
def verdicts(request: OfficerRequest, told: str) -> HttpResponse:
    """The verdict on every line as CSV, for whoever corrects it; each download is in the trail."""
    (one, _by), now = _of_address(request, told), clock.now()
    day = business_day(one.as_of)
    report = Report(
        name="handover", zh="移交数据逐行结论", en="Verdicts on a handover", pool=one.pool,
        first=day, last=day, known_at=now,
        tables=(
            Table(
                name="lines", zh=one.issuer, en="line by line", rows=_lines(one),
                columns=(count("行", "line"), text("卡", "card"), fen("余额", "balance"),
                         text("结论", "verdict")),
            ),
        ),
    )  # fmt: skip
    trail.record(
        "report_downloaded", actor=request.seat.actor, now=now, subject=f"handover:{one.digest}",
        report=report.name, form="csv",
    )  # fmt: skip
    answer = StreamingHttpResponse(export.as_csv(report), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="handover-{one.pool}.csv"'
    return answer  # type: ignore[return-value]


def _lines(one: Handover) -> Iterator[tuple[Cell, ...]]:
    with kept_files.opened(one.digest) as file:
        for each in judging.verdicts(file, pool=one.pool):
            shown = _shown(each)
            yield each.row.number, shown["card"], each.row.balance_fen, str(shown["word"])


def _shown(one: Verdict) -> dict[str, Any]:
    row = one.row
    word: Any = handover_words.GOOD
    if row.fault is not None:
        word = handover_words.FAULTS[row.fault]
    elif one.remark is not None:
        word = handover_words.REMARKS[one.remark]
    return {
        "row": row,
        "card": mask_text(row.told[:24]) if row.asn is None else mask_card_no(row.asn),
        "word": word,
        "meaning": "wrong" if row.fault is not None else "waiting" if one.remark else "settled",
    }


def _counted(counts: Any, said: Any) -> list[tuple[Any, int]]:
    return [(said[name], number) for name, number in sorted(counts.items())]


def _told(request: OfficerRequest) -> Handover:
    form = request.POST
    account = next(
        (
            one
            for one in queries.accounts(custody.making_pools(request.seat))
            if str(one.pk) == form.get("account") and one.use == "reserve" and not one.closed_on
        ),
        None,
    )
    issuer = form.get("issuer", "").strip()
    digest = form.get("digest", "").strip().lower()
    cards = whole_number(form.get("cards", ""))
    total_fen = _fen(form.get("total", ""), "total")
    handed_fen = _fen(form.get("handed", ""), "handed")
    sound = {
        "account": account is not None,
        "issuer": 0 < len(issuer) <= _LONGEST_ISSUER and issuer.isprintable(),
        "cards": cards > 0,
        "handed": handed_fen <= total_fen,
        "digest": _DIGEST.fullmatch(digest) is not None,
    }
    for field, right in sound.items():
        if not right:
            raise LegacyHandoverMalformed(field=field)
    assert account is not None
    return Handover(
        pool=account.pool,
        issuer=issuer,
        as_of=_moment(form.get("as_of", "")),
        cards=cards,
        total_fen=total_fen,
        digest=digest,
        handed_fen=handed_fen,
        bank_account=str(account.pk),
    )


def _fen(typed: str, field: str) -> int:
    try:
        return fen_or_zero(typed)
    except OutflowMalformed:
        raise LegacyHandoverMalformed(field=field) from None


def _moment(typed: str) -> datetime:
    try:
        at = datetime.fromisoformat(typed).replace(tzinfo=SHANGHAI).astimezone(UTC)
    except (ValueError, OverflowError):
        raise LegacyHandoverMalformed(field="as_of") from None
    if at > clock.now():
        raise LegacyHandoverMalformed(field="as_of")
    return at


def _address(one: Handover, request: OfficerRequest) -> str:
    """What was told and by whom, signed: it is taken as it was judged, by who uploaded it."""
    told = {name: getattr(one, name) for name in one.__slots__}
    told |= {"as_of": one.as_of.isoformat(), _BY: str(request.seat.person.pk)}
    return signing.dumps(told, salt=_SALT, compress=True)


def _of_address(request: OfficerRequest, told: str) -> tuple[Handover, UUID]:
    """What was told, and who uploaded it."""
    try:
        fields = signing.loads(told, salt=_SALT, max_age=_GOOD_FOR)
    except signing.BadSignature:
        raise Http404 from None
    by = UUID(fields.pop(_BY))
    one = Handover(**fields | {"as_of": datetime.fromisoformat(fields["as_of"])})
    custody.require(request.seat, one.pool)
    return one, by
