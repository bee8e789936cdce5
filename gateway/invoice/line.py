"""The line to an office: asks, believes only what is proven, keeps what is new."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import BinaryIO

from accounts import clock, trail
from accounts.actors import Actor
from gateway.channels import transport
from gateway.channels.errors import ChannelSilent
from gateway.channels.port import HttpRequest
from gateway.channels.transport import Patience
from gateway.invoice import port, sellers
from gateway.invoice.errors import OfficeAnswerForged, OfficeSilent
from gateway.invoice.models import Invoice, OfficeWord
from gateway.invoice.port import DocumentFact, Office, Seller

PATIENCE = Patience(connect_seconds=3.0, read_seconds=10.0, whole_seconds=20.0)
_OK = 200


Question = Callable[[Office, Seller, datetime, str], HttpRequest]
"""What is asked, given the adapter, the seller, the moment it leaves and a fresh random word."""


class Line:
    """One conversation about one invoice; open no transaction around it.

    What is signed carries the moment it leaves, whatever moment a sweep works for.
    """

    def __init__(self, invoice: Invoice) -> None:
        self.invoice = invoice
        self.row = sellers.of(invoice.pool)
        self.office = port.office(self.row.office)
        self.seller = sellers.spoken_for(self.row)

    def ask(self, number: str, question: Question) -> DocumentFact:
        """Asks about this number and keeps the answer when it is a new one.

        OfficeSilent when the outcome is unknown; OfficeAnswerForged, after an alarm.
        """
        try:
            response = transport.send(
                self._asked(question),
                hosts=sellers.hosts_of(self.row),
                now=clock.now(),
                patience=PATIENCE,
            )
        except ChannelSilent as silent:
            raise OfficeSilent(silent.message) from silent
        try:
            fact = self.office.read(self.seller, number, response, now=clock.now())
        except OfficeAnswerForged as forged:
            trail.alarm(
                forged.code,
                actor=Actor(kind="channel", id=self.row.office),
                now=clock.now(),
                subject=f"invoice:{self.invoice.pk}",
                why=forged.message,
            )
            raise
        self._keep(number, fact, response.body)
        return fact

    def download(self, question: Question, sink: BinaryIO) -> None:
        """Brings a file into a seekable sink; OfficeSilent when it did not come whole."""
        try:
            response = transport.download(
                self._asked(question),
                sink,
                hosts=sellers.hosts_of(self.row),
                now=clock.now(),
                patience=PATIENCE,
            )
        except ChannelSilent as silent:
            raise OfficeSilent(silent.message) from silent
        if response.status != _OK:
            raise OfficeSilent("no file", http_status=response.status)

    def _asked(self, question: Question) -> HttpRequest:
        return question(self.office, self.seller, clock.now(), secrets.token_hex(16))

    def _keep(self, number: str, fact: DocumentFact, body: bytes) -> None:
        OfficeWord.objects.bulk_create(
            [
                OfficeWord(
                    invoice=self.invoice,
                    request_no=number,
                    said=fact.raw_state[:32],
                    body=body,
                    sha256=hashlib.sha256(body).hexdigest(),
                    heard_at=clock.now(),
                )
            ],
            ignore_conflicts=True,
        )
