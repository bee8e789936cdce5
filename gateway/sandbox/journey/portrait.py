"""Shows a card as it describes itself: number, balance, log and rides."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from gateway.sandbox.journey.telling import yuan
from nfc_topup.card.files import PublicData
from nfc_topup.card.purse import TRANSACTION_TYPES, LogRecord
from nfc_topup.card.reading import Picture
from nfc_topup.card.trips import OpenRide, Trip

NEEDS_PIN = "6982"


def show(picture: Picture, console: Console) -> None:
    """Prints all of it; what the card did not give is said to be missing."""
    profile = picture.profile
    console.print(f"[bold]{picture.card_no or 'a card without number'}[/bold]  {profile.name}")
    if picture.public is not None:
        _validity(picture.public, console)
    if picture.region is not None:
        kind = profile.kind_name(picture.region.kind) or f"kind {picture.region.kind:02X}"
        home = {True: "interoperable", False: "at home only", None: "interoperable or not: unknown"}
        told = home[picture.region.is_interoperable]
        console.print(f"  city {picture.region.city}, {kind}, {told}")
    money = "not given" if picture.balance_fen is None else f"¥{yuan(picture.balance_fen)}"
    console.print(f"  balance {money}", highlight=False)
    _log(picture, console)
    _trips(picture.trips, console)
    if picture.ride is not None and picture.ride.is_unfinished:
        _open_ride(picture.ride, console)


def _validity(public: PublicData, console: Console) -> None:
    enabled = "enabled" if public.enabled else "not enabled"
    console.print(f"  {enabled}, valid {public.starts} to {public.expires}", highlight=False)


def _log(picture: Picture, console: Console) -> None:
    if picture.log:
        console.print(_table(picture.log))
    elif picture.log_sw == NEEDS_PIN:
        console.print("  this card shows its log after its PIN only: --pin HEX")
    else:
        console.print("  no loads or purchases in its log")


def _table(log: tuple[LogRecord, ...]) -> Table:
    table = Table("when", "what", "¥", "counter", "terminal", box=None, pad_edge=False)
    for record in log:
        _, what = TRANSACTION_TYPES.get(record.type, ("", f"type {record.type:02X}"))
        terminal = record.terminal.hex()
        table.add_row(str(record.at), what, yuan(record.amount_fen), str(record.counter), terminal)
    return table


def _trips(trips: tuple[Trip, ...], console: Console) -> None:
    if not trips:
        return
    table = Table("ride", "city", "station", "¥", "left", box=None, pad_edge=False)
    for trip in trips:
        left = yuan(trip.balance_fen)
        table.add_row(str(trip.at), trip.city, trip.station, yuan(trip.amount_fen), left)
    console.print(table)


def _open_ride(ride: OpenRide, console: Console) -> None:
    console.print(f"  a ride begun {ride.on.at} was never ended; ¥{yuan(ride.marked_fen)} marked")
