"""Fetches the files of made invoices; keeps them as they came, under the hash that was signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import IO, BinaryIO, cast
from uuid import UUID

from accounts import kept_files
from gateway.invoice import queries
from gateway.invoice.errors import InvoiceFileDiffers
from gateway.invoice.line import Line
from gateway.invoice.models import Invoice, InvoiceFile
from gateway.invoice.port import FORMS

CONTENT_TYPES: Mapping[str, str] = {"pdf": "application/pdf", "ofd": "application/ofd"}
_CHUNK_BYTES = 64 * 1024


def fetch(invoice_id: UUID, *, is_red: bool, now: datetime) -> None:
    """Fetches what is not here yet. OfficeSilent; InvoiceFileDiffers keeps nothing of that file."""
    invoice = queries.get(invoice_id, person=None)
    document = invoice.red if is_red else invoice
    here = set(invoice.files.filter(is_red=is_red).values_list("form", flat=True))
    for form in FORMS:
        mark = document.marks.get(form)
        if mark is not None and form not in here:
            _fetch(invoice, str(document.invoice_no), form, mark, is_red=is_red, now=now)


def chunks(file: InvoiceFile) -> Iterator[bytes]:
    """The file's bytes, piece by piece. KeptFileMissing."""
    with kept_files.opened(file.sha256) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk


def _fetch(
    invoice: Invoice,
    invoice_no: str,
    form: str,
    mark: Mapping[str, object],
    *,
    is_red: bool,
    now: datetime,
) -> None:
    with kept_files.half() as part:
        Line(invoice).download(
            lambda office, seller, at, nonce: office.file(
                seller, invoice_no, form, now=at, nonce=nonce
            ),
            cast(BinaryIO, part),
        )
        found = _digest(part)
        if found != (mark["sha256"], mark["size"]):
            raise InvoiceFileDiffers(invoice_id=invoice.pk, form=form)
        kept = kept_files.keep(part)
    row = InvoiceFile(
        invoice=invoice,
        is_red=is_red,
        form=form,
        sha256=kept.digest,
        size_bytes=kept.size,
        fetched_at=now,
    )
    InvoiceFile.objects.bulk_create([row], ignore_conflicts=True)


def _digest(part: IO[bytes]) -> tuple[str, int]:
    part.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := part.read(_CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size
