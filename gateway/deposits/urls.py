"""The addresses of deposits."""

from django.urls import path

from gateway.deposits import api

urlpatterns = [
    path("cards/<uuid:card_id>/deposit", api.CardDeposit.as_view(), name="card-deposit"),
]
