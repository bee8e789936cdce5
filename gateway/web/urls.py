"""The addresses of citizens' pages."""

from django.urls import path

from gateway.web import scan

urlpatterns = [
    path("pay/<str:token>", scan.scanned, name="scan"),
    path("pay/<str:token>/back", scan.came_back, name="scan-back"),
]
