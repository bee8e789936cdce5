"""The sandbox's own addresses: the people of the province and the way into their seats."""

from django.urls import path

from gateway.sandbox import handing, samples, switcher

app_name = "sandbox"

urlpatterns = [
    path("", switcher.people, name="people"),
    path("parts", samples.parts, name="parts"),
    path("phone/<uuid:topup_id>/pay", handing.pay, name="pay"),
    path("phone/deposit/<uuid:card_id>/pay", handing.pay_deposit, name="pay-deposit"),
    path("phone/<uuid:topup_id>/tap", handing.tap, name="tap"),
    path("enter/citizen/<str:phone>", switcher.enter_as_citizen, name="enter-citizen"),
    path("enter/<str:login_name>", switcher.enter, name="enter"),
]
