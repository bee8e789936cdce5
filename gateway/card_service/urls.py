"""The addresses of card services."""

from django.urls import path

from gateway.card_service import api, migration_api

CARD, DEPARTURE = "cards/<uuid:card_id>", "departures/<uuid:departure_id>"

urlpatterns = [
    path(f"{CARD}/naming", api.CardNaming.as_view(), name="card-naming"),
    path("namings/<uuid:naming_id>", api.OneNaming.as_view(), name="naming"),
    path(f"{CARD}/loss", api.CardLoss.as_view(), name="card-loss"),
    path(f"{CARD}/loss/lift", api.CardFound.as_view(), name="card-found"),
    path(f"{CARD}/renewal", api.Renewal.as_view(), name="card-renewal"),
    path(f"{CARD}/replacement", api.Replacement.as_view(), name="card-replacement"),
    path(f"{CARD}/migration", migration_api.Migration.as_view(), name="card-migration"),
    path(f"{DEPARTURE}/showing", migration_api.Showing.as_view(), name="departure-showing"),
    path(f"{DEPARTURE}/shown", migration_api.Shown.as_view(), name="departure-shown"),
    path(f"{CARD}/redemption", api.Redemption.as_view(), name="card-redemption"),
    path(DEPARTURE, api.OneDeparture.as_view(), name="departure"),
    path(f"{DEPARTURE}/withdraw", api.Withdrawal.as_view(), name="departure-withdraw"),
]
