"""The addresses of top-ups and of the talk with a card."""

from django.urls import path

from gateway.topup import api, loads_api

urlpatterns = [
    path("topups", api.TopUps.as_view(), name="topups"),
    path("topups/<uuid:topup_id>", api.OneTopUp.as_view(), name="topup"),
    path("topups/<uuid:topup_id>/story", api.Story.as_view(), name="topup-story"),
    path("topups/<uuid:topup_id>/payment.svg", api.Drawing.as_view(), name="topup-payment-qr"),
    path("topups/<uuid:topup_id>/refund", api.GivingBack.as_view(), name="topup-refund"),
    path("topups/<uuid:topup_id>/loads", loads_api.OpenLoad.as_view(), name="load-open"),
    path("loads/<uuid:load_id>/challenge", loads_api.Challenge.as_view(), name="load-challenge"),
    path("loads/<uuid:load_id>/proof", loads_api.Proof.as_view(), name="load-proof"),
    path("evidence", loads_api.OpenEvidence.as_view(), name="evidence-open"),
    path("evidence/<uuid:inquiry_id>", loads_api.Evidence.as_view(), name="evidence"),
]
