"""The addresses of citizens' pages; each view says who may enter, and the door shuts the others."""

from django.urls import include, path

from gateway.web import (
    assisted,
    card_pages,
    card_services,
    deposit_paying,
    deposits,
    given,
    help_page,
    invoices,
    me,
    my_data,
    notices,
    receipt_invoice,
    receipt_link,
    records,
    renewal,
    scan,
    signing_in,
    topping_up,
)

pages = [
    path("", card_pages.home, name="home"),
    path("cards/add", card_pages.add_card, name="card-add"),
    path("cards/<uuid:card_id>", card_pages.card, name="card"),
    path("cards/<uuid:card_id>/remove", card_pages.remove_card, name="card-remove"),
    path("given/<uuid:claim_id>", given.take, name="given-take"),
    path("topup", topping_up.topup, name="topup"),
    path("topup/<uuid:topup_id>/pay", topping_up.pay, name="pay"),
    path("topup/<uuid:topup_id>/code.svg", topping_up.code, name="pay-code"),
    path("topup/<uuid:topup_id>/state", topping_up.state, name="topup-state"),
    path("records", records.records, name="records"),
    path("records/<uuid:topup_id>", records.tracker, name="tracker"),
    path("records/<uuid:topup_id>/receipt", records.receipt, name="receipt"),
    path("records/<uuid:topup_id>/refund", records.refund, name="refund"),
    path("records/<uuid:topup_id>/invoice", invoices.ask, name="invoice-ask"),
    path("invoices", invoices.invoices, name="invoices"),
    path("invoices/<uuid:invoice_id>", invoices.invoice, name="invoice"),
    *(
        path(
            f"invoices/<uuid:invoice_id>/{'red.' if is_red else ''}{form}",
            invoices.file,
            {"form": form, "is_red": is_red},
            name=f"invoice-{'red-' if is_red else ''}{form}",
        )
        for form in ("pdf", "ofd")
        for is_red in (False, True)
    ),
    path("notices", notices.notices, name="notices"),
    path("notices/read", notices.read_all, name="notices-read"),
    path("notices/settings", notices.settings, name="notice-settings"),
    path("notices/<uuid:notice_id>/read", notices.read, name="notice-read"),
    path("help", help_page.help_page, name="help"),
    path("sign-in", signing_in.sign_in, name="sign-in"),
    path("sign-in/code", signing_in.code, name="sign-in-code"),
    path("sign-in/code/again", signing_in.code_again, name="sign-in-code-again"),
    path("sign-out", signing_in.sign_out, name="sign-out"),
    path("me", me.me, name="me"),
    path("me/devices", me.devices, name="devices"),
    path("me/devices/others/end", me.end_other_devices, name="end-other-devices"),
    path("me/devices/<uuid:device_id>/end", me.end_device, name="end-device"),
    path("me/assisted/<uuid:session_id>", assisted.assisted, name="assisted"),
    path("me/real-name", me.real_name, name="real-name"),
    path("me/data", my_data.my_data, name="my-data"),
    path("me/data/take-along", my_data.take_along, name="take-along"),
    path("me/data/export", my_data.export, name="export"),
    path("me/data/leave", my_data.leave, name="leave"),
    path("cards/<uuid:card_id>/services", card_services.services, name="card-services"),
    path("cards/<uuid:card_id>/deposit", deposits.deposit, name="card-deposit"),
    path("cards/<uuid:card_id>/deposit/pay", deposit_paying.pay, name="card-deposit-pay"),
    path("cards/<uuid:card_id>/deposit/state", deposit_paying.state, name="card-deposit-state"),
    path("cards/<uuid:card_id>/name", card_services.name, name="card-name"),
    path("cards/<uuid:card_id>/lost", card_services.lose, name="card-lost"),
    path("cards/<uuid:card_id>/found", card_services.find, name="card-found"),
    path("cards/<uuid:card_id>/replace", card_services.replace, name="card-replace"),
    path("cards/<uuid:card_id>/migrate", card_services.migrate, name="card-migrate"),
    path("cards/<uuid:card_id>/renew", renewal.renew, name="card-renew"),
    path("cards/<uuid:card_id>/redeem", card_services.redeem, name="card-redeem"),
    path("services/<uuid:departure_id>", card_services.departure, name="departure"),
    path(
        "services/<uuid:departure_id>/withdraw", card_services.withdraw, name="departure-withdraw"
    ),
]

urlpatterns = [
    path("", include((pages, "web"))),
    path("r/<str:token>", receipt_link.receipt_link, name="receipt-link"),
    path("r/<str:token>/invoice", receipt_invoice.receipt_invoice, name="receipt-invoice"),
    *(
        path(
            f"r/<str:token>/invoice/<uuid:invoice_id>.{'red.' if is_red else ''}{form}",
            receipt_invoice.file,
            {"form": form, "is_red": is_red},
            name=f"receipt-invoice-{'red-' if is_red else ''}{form}",
        )
        for form in ("pdf", "ofd")
        for is_red in (False, True)
    ),
    path("pay/<str:token>", scan.scanned, name="scan"),
    path("pay/<str:token>/back", scan.came_back, name="scan-back"),
]
