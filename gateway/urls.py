"""The address book of the house: which path leads to which room."""

from django.urls import path

from gateway.health import alive, ready

urlpatterns = [
    path("healthz", alive, name="healthz"),
    path("readyz", ready, name="readyz"),
]
