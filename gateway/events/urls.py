"""Addresses of the room of events: well-known, so that a receiver needs no documentation."""

from django.urls import path

from gateway.events import doors

urlpatterns = [
    path(".well-known/event-signing-keys", doors.keys, name="event-signing-keys"),
    path(".well-known/event-kinds", doors.kinds, name="event-kinds"),
]
