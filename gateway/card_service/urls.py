"""The addresses of card services."""

from django.urls import path

from gateway.card_service import api

CARD, DEPARTURE = "cards/<uuid:card_id>", "departures/<uuid:departure_id>"

urlpatterns = [
    path(f"{CARD}/naming", api.CardNaming.as_view(), name="card-naming"),
    path("namings/<uuid:naming_id>", api.OneNaming.as_view(), name="naming"),
    path(f"{CARD}/loss", api.CardLoss.as_view(), name="card-loss"),
    path(f"{CARD}/loss/lift", api.CardFound.as_view(), name="card-found"),
    path(f"{CARD}/replacement", api.Replacement.as_view(), name="card-replacement"),
    path(f"{CARD}/redemption", api.Redemption.as_view(), name="card-redemption"),
    path(DEPARTURE, api.OneDeparture.as_view(), name="departure"),
    path(f"{DEPARTURE}/withdraw", api.Withdrawal.as_view(), name="departure-withdraw"),
]
