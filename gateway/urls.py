"""The address book of the house: which path leads to which room."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from gateway.api.cards import Card, Cards
from gateway.api.devices import DeviceRevoke, Devices, Me, OthersRevoke
from gateway.api.reading import ApiPage
from gateway.api.signing_in import SignIn, SignInCode, TokenRefresh, TokenRevoke
from gateway.health import alive, ready
from gateway.pages.looks import choose
from gateway.payments.callbacks import take_notice

v1: list[URLPattern | URLResolver] = [
    path("signin/code", SignInCode.as_view(), name="signin-code"),
    path("signin", SignIn.as_view(), name="signin"),
    path("tokens/refresh", TokenRefresh.as_view(), name="tokens-refresh"),
    path("tokens/revoke", TokenRevoke.as_view(), name="tokens-revoke"),
    path("me", Me.as_view(), name="me"),
    path("devices", Devices.as_view(), name="devices"),
    path("devices/revoke-others", OthersRevoke.as_view(), name="devices-revoke-others"),
    path("devices/<uuid:device_id>/revoke", DeviceRevoke.as_view(), name="device-revoke"),
    path("cards", Cards.as_view(), name="cards"),
    path("cards/<uuid:card_id>", Card.as_view(), name="card"),
    path("", include("gateway.topup.urls")),
    path("", include("gateway.server_fetch.urls")),
    path("", include("gateway.card_service.urls")),
    path("", include("gateway.deposits.urls")),
    path("", include("gateway.invoice.urls")),
    path("", include("gateway.notifying.urls")),
    path("kiosk/", include("gateway.kiosk.urls")),
]

urlpatterns = [
    path("healthz", alive, name="healthz"),
    path("readyz", ready, name="readyz"),
    path("api/v1/", include(v1)),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/", ApiPage.as_view(url_name="schema"), name="api-page"),
    path("console/", include("gateway.console.urls")),
    path("looks", choose, name="looks"),
    path("", include("gateway.events.urls")),
    path("", include("gateway.web.urls")),
    path("callbacks/<slug:channel>/<uuid:account_id>", take_notice, name="callback"),
]

if settings.IS_SANDBOX:
    urlpatterns.append(path("sandbox/", include("gateway.sandbox.urls")))

handler400 = "gateway.problems.not_understood"
handler403 = "gateway.problems.not_allowed"
handler404 = "gateway.problems.no_such_page"
handler500 = "gateway.problems.our_fault"
