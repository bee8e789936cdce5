"""Takes an enterprise's list: kept nowhere, read once, judged row by row, and copied in at once."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO, BinaryIO, Final
from uuid import UUID

from django.db import connection, transaction

from accounts import kept_files, trail
from accounts.clock import business_day
from accounts.identifiers import derive, new_id
from accounts.models import Person
from gateway.bulk import judging, lists, sheets
from gateway.bulk.enterprises import actor_of, require_officer
from gateway.bulk.judging import Judged
from gateway.bulk.list_errors import ListMissing
from gateway.bulk.models import BulkOrder, Enterprise
from reserve_funds.custody.rules import winding

CLAIM_DAYS: Final = 90
_CHUNK: Final = 1 << 16
_LIVING = ("drafted", "asked", "approved")
_COPY = (
    "COPY bulk_row (id, order_id, line_no, label, asn, amount_fen, verdict, most_fen, twin_line)"
    " FROM STDIN"
)
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def take(
    file: BinaryIO, *, name: str, enterprise: Enterprise, officer: Person, now: datetime
) -> BulkOrder:
    """The list as an order whose every row has its verdict; nothing is asked or paid by it.

    The same bytes again are the same order while that waits. ListRefused and its kin, NotAllowed,
    PoolNotOpen, PoolWindingDown: nothing is kept then. Of the file itself only its SHA-256 is kept.
    """
    require_officer(officer, enterprise.pool, now)
    winding.refuse_new(enterprise.pool, business_day(now))
    with kept_files.half() as part:
        digest = _copied(file, part)
        living = BulkOrder.objects.filter(
            enterprise=enterprise, file_digest=digest, state__in=_LIVING
        ).first()
        if living is not None:
            return living
        part.seek(0)
        rows = list(lists.listed(sheets.read(part)))  # type: ignore[arg-type]
    judged = list(judging.judge(rows, enterprise.pool, now))
    with transaction.atomic():
        order = _written(judged, name, digest, enterprise, officer, now)
        trail.record(
            "bulk_list_taken",
            actor=actor_of(officer),
            now=now,
            subject=f"bulk_order:{order.pk}",
            rows=order.rows_total,
            good=order.rows_good,
            amount_fen=order.amount_fen,
        )
    return order


def number_of(order_id: UUID, now: datetime) -> str:
    """What the enterprise writes into its transfer: Q, the day, nine letters of A-Z and 2-7."""
    letters = b32encode(hashlib.sha256(order_id.bytes).digest()).decode()
    return f"Q{business_day(now):%y%m%d}{letters[:9]}"


def claim_id_of(order_id: UUID, line_no: int, asn: str, amount_fen: int) -> UUID:
    """A row's and its claim's number: it follows from all that an approval of the list covers."""
    return derive(order_id, f"claim {line_no} {asn} {amount_fen}")


def _written(
    judged: Sequence[Judged],
    name: str,
    digest: str,
    enterprise: Enterprise,
    officer: Person,
    now: datetime,
) -> BulkOrder:
    good = [one.row.amount_fen for one in judged if not one.verdict]
    order_id = new_id(now)
    order = BulkOrder.objects.create(
        id=order_id,
        number=number_of(order_id, now),
        enterprise=enterprise,
        pool=enterprise.pool,
        file_name="".join(c for c in name if c.isprintable())[-120:],
        file_digest=digest,
        rows_total=len(judged),
        rows_good=len(good),
        amount_fen=sum(good),
        maker=officer,
        drafted_at=now,
        claim_days=CLAIM_DAYS,
    )
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for text in _rendered(order_id, judged):
            copy.write(text)
    return order


def _copied(file: BinaryIO, part: IO[bytes]) -> str:
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        if size > sheets.MOST_BYTES:
            raise ListMissing(most_bytes=sheets.MOST_BYTES)
        digest.update(chunk)
        part.write(chunk)
    if not size:
        raise ListMissing
    part.flush()
    return digest.hexdigest()


def _rendered(order_id: UUID, judged: Iterable[Judged]) -> Iterator[str]:
    """The rows in the text form of COPY, many at a time."""
    lines: list[str] = []
    for one in judged:
        row = one.row
        own = claim_id_of(order_id, row.line_no, row.asn, row.amount_fen)
        label = row.label.translate(_ESCAPED)
        most = "\\N" if one.most_fen is None else one.most_fen
        lines.append(
            f"{own}\t{order_id}\t{row.line_no}\t{label}\t{row.asn}\t{row.amount_fen}\t"
            f"{one.verdict}\t{most}\t{row.twin_line}\n"
        )
        if len(lines) == 1_000:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines)
