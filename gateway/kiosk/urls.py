"""The addresses of kiosks, under api/v1/kiosk/."""

from django.urls import path

from gateway.kiosk import api_cash, api_counters, api_loads, api_machine

urlpatterns = [
    path("enrolments", api_machine.Enrolments.as_view(), name="kiosk-enrolments"),
    path("keys", api_machine.Keys.as_view(), name="kiosk-keys"),
    path("sign-on", api_machine.SignOn.as_view(), name="kiosk-sign-on"),
    path("sign-off", api_machine.SignOff.as_view(), name="kiosk-sign-off"),
    path("card-list/<int:version>", api_machine.CardList.as_view(), name="kiosk-card-list"),
    path("heartbeats", api_machine.Heartbeats.as_view(), name="kiosk-heartbeats"),
    path("boxes", api_cash.Boxes.as_view(), name="kiosk-boxes"),
    path("intakes", api_cash.Intakes.as_view(), name="kiosk-intakes"),
    path(
        "intakes/<uuid:intake_id>/receipt",
        api_cash.CashReceipt.as_view(),
        name="kiosk-cash-receipt",
    ),
    path("notes", api_cash.Notes.as_view(), name="kiosk-notes"),
    path("cash-loads", api_cash.CashLoads.as_view(), name="kiosk-cash-loads"),
    path("counter-records", api_counters.CounterRecords.as_view(), name="kiosk-counter-records"),
    path("settlements", api_cash.Settlements.as_view(), name="kiosk-settlements"),
    path("cards", api_loads.Presented.as_view(), name="kiosk-cards"),
    path("scans", api_loads.Scans.as_view(), name="kiosk-scans"),
    path("orders/<uuid:order_id>", api_loads.Order.as_view(), name="kiosk-order"),
    path("loads", api_loads.Loads.as_view(), name="kiosk-loads"),
    path("loads/<uuid:load_id>/challenge", api_loads.Challenge.as_view(), name="kiosk-challenge"),
    path("loads/<uuid:load_id>/proof", api_loads.Proof.as_view(), name="kiosk-proof"),
    path("evidence", api_loads.OpenEvidence.as_view(), name="kiosk-evidence"),
    path("evidence/<uuid:inquiry_id>", api_loads.Evidence.as_view(), name="kiosk-evidence-take"),
]
