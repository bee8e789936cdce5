"""The addresses of server-fetch loads."""

from django.urls import path

from gateway.server_fetch import api

ORDER = "provider/orders/<str:order_no>"

urlpatterns = [
    path("topups/<uuid:topup_id>/wallet-orders", api.WalletOrders.as_view(), name="wallet-order"),
    path(ORDER, api.ProviderOrder.as_view(), name="provider-order"),
    path(f"{ORDER}/loads", api.ProviderLoads.as_view(), name="provider-loads"),
    path(
        f"{ORDER}/loads/<uuid:load_id>/challenge",
        api.ProviderChallenge.as_view(),
        name="provider-challenge",
    ),
    path(
        f"{ORDER}/loads/<uuid:load_id>/result",
        api.ProviderResult.as_view(),
        name="provider-result",
    ),
    path(f"{ORDER}/evidence", api.ProviderEvidence.as_view(), name="provider-evidence"),
    path(
        f"{ORDER}/evidence/<uuid:inquiry_id>",
        api.ProviderEvidenceAnswers.as_view(),
        name="provider-evidence-answers",
    ),
]
