"""The conversation with a wallet provider, by order number: open, challenge, result, evidence.

It decides nothing about money: every step is the citizen's own talk with a card
(gateway.topup.conversation), with the provider as the one who carries it. Doing it twice is doing
it once, since that is how the talk works.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts import providers, secrets
from accounts.actors import Actor
from accounts.identifiers import derive
from accounts.models import Person, WalletProvider
from gateway.server_fetch import order_profiles, order_signing, queries
from gateway.server_fetch.authentication import actor_of
from gateway.server_fetch.errors import FetchAmountDiffers, FetchCardDiffers
from gateway.server_fetch.models import FetchOrder, Report
from gateway.signatures import SigningKey
from gateway.topup import conversation
from gateway.topup import queries as topups
from gateway.topup.models import TopUp
from nfc_topup import loading
from nfc_topup import queries as loads
from nfc_topup.card.purse import Challenge
from nfc_topup.errors import InquiryUnknown, LoadUnknown
from nfc_topup.loading import Conversation, InitializeWish, Seal, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOrder:
    """An order for one provider, and the fields of its wallet's app call."""

    order_no: str
    provider: str
    call: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A load that waits for its challenge: the script, and the same wish in parts."""

    talk: Conversation
    initialize: InitializeWish


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an order stands: the top-up's state, and its loads as (id, state), oldest first."""

    order_no: str
    card_no: str
    amount_fen: int
    state: str
    loads: tuple[tuple[UUID, str], ...]


def sign_order(topup_id: UUID, *, person: Person, provider_code: str, now: datetime) -> SignedOrder:
    """Gives a provider the right to fetch a paid top-up, and the citizen's app the signed call.

    The same top-up and provider are the same order, signed anew. ProviderUnknown, TopupNotFound,
    NotPaidYet, NothingLeftToLoad, CardNotInUse, OrderProfileUnknown, SecretMissing.
    """
    topup = topups.get(topup_id, person=person)
    conversation.refuse_unless_loadable(topup)
    provider = providers.by_code(provider_code)
    profile = order_profiles.by_name(provider.order_profile, sandbox=secrets.in_sandbox())
    key = SigningKey(
        key_id=profile.key_id or "order",
        algorithm=profile.algorithm,
        material=secrets.read(profile.key_secret),
    )
    order = _order_of(topup, provider, now)
    words = order_signing.OrderWords(
        order_no=order.order_no, card_no=_card_no(topup), amount_fen=topup.amount_fen, at=now
    )
    call = order_signing.app_call(profile, key, words)
    return SignedOrder(order_no=order.order_no, provider=provider.code, call=call)


def look(provider: WalletProvider, order_no: str) -> Standing:
    """Where the provider's order stands; FetchOrderNotFound."""
    order = queries.of_provider(provider, order_no)
    topup = queries.topup_of(order)
    return Standing(
        order_no=order.order_no,
        card_no=_card_no(topup),
        amount_fen=topup.amount_fen,
        state=topup.state,
        loads=tuple((load.id, load.state) for load in loads.loads_of_order(topup.id)),
    )


def open_load(
    provider: WalletProvider, order_no: str, *, card_no: str, aid: bytes | None, now: datetime
) -> Opened:
    """Opens the talk; while its session lives, the same load and script again.

    FetchOrderNotFound, FetchCardDiffers, and what conversation.open_load raises.
    """
    order = queries.of_provider(provider, order_no)
    _refuse_other_card(queries.topup_of(order), card_no)
    talk = conversation.open_load(
        order.topup_id, person=None, actor=actor_of(provider), now=now, aid=aid
    )
    return Opened(talk=talk, initialize=loading.initialize_wish(talk.load_id))


def seal(
    provider: WalletProvider,
    order_no: str,
    load_id: UUID,
    *,
    card_no: str,
    amount_fen: int,
    answers: list[str] | Challenge,
    now: datetime,
) -> Seal:
    """CREDIT FOR LOAD for the card's challenge; the same challenge gets the same command.

    FetchOrderNotFound, LoadUnknown (not of this order), FetchCardDiffers, FetchAmountDiffers, and
    what conversation.seal raises.
    """
    order = queries.of_provider(provider, order_no)
    topup = queries.topup_of(order)
    _refuse_other_card(topup, card_no)
    if amount_fen != topup.amount_fen:
        raise FetchAmountDiffers(amount_fen=amount_fen)
    _refuse_other_load(order, load_id)
    return conversation.seal(load_id, answers, person=None, actor=actor_of(provider), now=now)


def take_result(
    provider: WalletProvider,
    order_no: str,
    load_id: UUID,
    *,
    status: str,
    answers: list[str],
    now: datetime,
) -> Verdict:
    """What became of the CREDIT: a TAC that verifies ends the load, all else is doubt.

    `status` is kept as it came and decides nothing. Said again it is answered again. What
    conversation.prove raises, FetchOrderNotFound, LoadUnknown.
    """
    order = queries.of_provider(provider, order_no)
    _refuse_other_load(order, load_id)
    actor = actor_of(provider)
    verdict = conversation.prove(load_id, answers, person=None, actor=actor, now=now)
    _keep(order, verdict, status=status, answers=answers, now=now)
    return verdict


def open_evidence(
    provider: WalletProvider, order_no: str, *, aid: bytes | None, now: datetime
) -> Conversation:
    """Questions to the order's card, whichever load of it is unresolved; NothingUnresolved."""
    topup = queries.topup_of(queries.of_provider(provider, order_no))
    return conversation.open_evidence(topup.card, actor=actor_of(provider), now=now, aid=aid)


def take_evidence(
    provider: WalletProvider, order_no: str, inquiry_id: UUID, answers: list[str], *, now: datetime
) -> Verdict:
    """What the card showed; InquiryUnknown for a question that was not asked of this card."""
    topup = queries.topup_of(queries.of_provider(provider, order_no))
    if loads.load_of_inquiry(inquiry_id).application.asn != topup.card.asn:
        raise InquiryUnknown(inquiry_id=inquiry_id)
    actor: Actor = actor_of(provider)
    return conversation.take_evidence(inquiry_id, answers, person=None, actor=actor, now=now)


def order_number(topup_id: UUID, provider: WalletProvider) -> str:
    """26 letters and digits that follow from both, and that nobody can guess from another's."""
    own = derive(topup_id, f"fetched by {provider.id}")
    return b32encode(own.bytes).decode().rstrip("=")


def _order_of(topup: TopUp, provider: WalletProvider, now: datetime) -> FetchOrder:
    number = order_number(topup.id, provider)
    wished = FetchOrder(
        id=derive(topup.id, number),
        order_no=number,
        provider=provider,
        topup_id=topup.id,
        signed_at=now,
    )
    FetchOrder.objects.bulk_create([wished], ignore_conflicts=True)
    return wished


def _card_no(topup: TopUp) -> str:
    return topup.card.asn[1:]


def _refuse_other_card(topup: TopUp, card_no: str) -> None:
    if card_no != _card_no(topup):
        raise FetchCardDiffers(topup_id=topup.id)


def _refuse_other_load(order: FetchOrder, load_id: UUID) -> None:
    if loads.get(load_id).order_id != order.topup_id:
        raise LoadUnknown(load_id=load_id)


def _keep(
    order: FetchOrder, verdict: Verdict, *, status: str, answers: list[str], now: datetime
) -> None:
    tac = answers[0][:8].upper() if answers and len(answers[0]) == 12 else ""
    said = Report(
        order=order,
        load_id=verdict.load_id,
        status=status,
        tac=tac,
        outcome=verdict.outcome,
        said_at=now,
    )
    Report.objects.bulk_create([said], ignore_conflicts=True)
