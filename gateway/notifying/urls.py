"""The addresses of notices."""

from django.urls import path

from gateway.notifying import api

urlpatterns = [
    path("notices", api.Notices.as_view(), name="notices"),
    path("notices/preferences", api.Preferences.as_view(), name="notice-preferences"),
    path("notices/<uuid:notice_id>/read", api.NoticeRead.as_view(), name="notice-read"),
]
