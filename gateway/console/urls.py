"""The console's addresses; each view says who may enter, and the door shuts those that do not."""

from django.urls import path

from gateway.console.pages import (
    approvals,
    home,
    incidents,
    keys,
    loads,
    payments,
    signing_in,
    watching,
)

app_name = "console"

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in", signing_in.sign_in, name="sign-in"),
    path("sign-out", signing_in.sign_out, name="sign-out"),
    path("enrol", signing_in.enrol, name="enrol"),
    path("approvals", approvals.approvals, name="approvals"),
    path("approvals/<uuid:approval_id>", approvals.approval, name="approval"),
    path("approvals/<uuid:approval_id>/voucher", approvals.voucher, name="voucher"),
    path("approvals/<uuid:approval_id>/<slug:verdict>", approvals.decide, name="verdict"),
    path("loads", loads.loads, name="loads"),
    path("loads/<uuid:load_id>", loads.load, name="load"),
    path("loads/<uuid:load_id>/<slug:verdict>", loads.propose, name="load-proposal"),
    path("incidents", incidents.incidents, name="incidents"),
    path("incidents/<uuid:incident_id>/<slug:step>", incidents.take_step, name="incident-step"),
    path("set-aside", payments.set_aside, name="set-aside"),
    path("set-aside/<str:ref>", payments.matter, name="matter"),
    path("set-aside/<str:ref>/<slug:choice>", payments.propose, name="matter-choice"),
    path("channel-keys", payments.channel_keys, name="channel-keys"),
    path("keys", keys.keys, name="keys"),
    path("duties", watching.given_up, name="duties"),
    path("duties/<int:duty_id>/again", watching.try_again, name="duty-again"),
    path("alarms", watching.alarms, name="alarms"),
    path("trail", watching.search, name="search"),
    path("trail/<uuid:subject_id>", watching.subject, name="subject"),
]
