"""What every citizen's page must be, by the list of addresses: looked at by axe, and light."""

from __future__ import annotations

import gzip
import importlib
import pkgutil
import re
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from accounts import clock, roles
from gateway.console.pages import bulk_orders
from gateway.kiosk import receipts
from gateway.sandbox import seed
from gateway.topup import scanning
from gateway.topup.models import TopUp
from gateway.web import urls
from tests.gateway.web.citizens import Signed, signed
from tests.gateway.web.test_access_matrix import Address, addresses
from tests.gateway.web.test_more_pages import MOST, everything_of
from tests.journeys import pages
from tests.support.officers import seat

pytestmark = pytest.mark.django_db

HEAVIEST = 100 * 1024
BY_LINK = {one.name for one in urls.urlpatterns if getattr(one, "name", None)}
NOT_LOOKED_AT = {
    "console:bulk-verdicts": "a file",
    "console:bulk-invoice-file": "a file",
    "web:export": "a file",
    "web:invoice-pdf": "a file",
    "web:invoice-ofd": "a file",
    "web:invoice-red-pdf": "a file",
    "web:invoice-red-ofd": "a file",
    "receipt-invoice-pdf": "a file",
    "receipt-invoice-ofd": "a file",
    "receipt-invoice-red-pdf": "a file",
    "receipt-invoice-red-ofd": "a file",
    "web:pay-code": "a drawing, on a page that is looked at",
    "web:card-deposit-state": "what the page's script asks, no page",
    "web:topup-state": "what the tracker's script asks, no page",
}
"""Addresses that answer and are no pages."""


@pytest.fixture
def me() -> Signed:
    seed.open_books(clock.now())
    return signed()


def of_people(address: Address) -> bool:
    """Citizens' pages, those behind a link, and where officers serve citizens and employers."""
    name = address.name
    return name.startswith(("web:", "console:bulk", "console:assist")) or name in BY_LINK


def seen_by_axe() -> set[str]:
    """What the tests in a browser say that axe sees in them, and are held to."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(pages.__path__, f"{pages.__name__}."):
        for test in vars(importlib.import_module(module.name)).values():
            found |= getattr(test, "axed", frozenset())
    return found


def test_axe_looks_at_every_page(me: Signed) -> None:
    """Whatever is shown when it is asked for: a new page without axe fails here."""
    officer = seat((roles.FINANCE_OFFICER, None), (roles.CLERK, None)).client
    seen, missed = seen_by_axe(), []
    found = [one for one in addresses() if of_people(one)]
    assert len(found) > 60, "the list of addresses is read"
    for address in found:
        if address.name in NOT_LOOKED_AT:
            continue
        wanted = {address.name}
        if address.name == "console:bulk-step":
            wanted = {f"{address.name}:{step}" for step in bulk_orders._STEPS}
        if wanted <= seen:
            continue
        named = {name: "x" if name in ("token", "step") else UUID(int=1)
                 for name in address.arguments}  # fmt: skip
        who = officer if address.name.startswith("console:") else me.client
        if who.get(reverse(address.name, kwargs=named)).status_code != 405:
            missed.append(sorted(wanted - seen))
    assert missed == []
    known = {one.name for one in addresses()}
    assert {":".join(name.split(":")[:2]) for name in seen} <= known, "no page of that name"


def test_every_page_is_light_on_a_first_visit(me: Signed) -> None:
    """The page and all it links to of ours, as a proxy sends them: under 100 KB; of nobody else."""
    ids = everything_of(me)
    topup = TopUp.objects.get(pk=ids["paid"])
    paths = [path.format(**ids) for path in MOST]
    paths += ["/sign-in", f"/r/{receipts.token_of(topup)}", f"/pay/{scanning.token_of(topup)}"]
    parts: dict[str, int] = {}
    weights: dict[str, int] = {}
    for path in paths:
        answer = me.client.get(path)
        page = answer.content.decode()
        assert not re.findall(r'<(?:link|script|img)[^>]+(?:src|href)="(?:https?:)?//', page), path
        weights[path] = len(gzip.compress(answer.content))
        for linked in set(re.findall(r'(?:src|href)="/static/([^"#?]+)', page)):
            if linked not in parts:
                parts[linked] = len(gzip.compress(content_of(linked)))
            weights[path] += parts[linked]
    assert parts, "pages have their styles"
    assert {path: weight for path, weight in weights.items() if weight >= HEAVIEST} == {}


def content_of(linked: str) -> bytes:
    """One of our own static files, by the address that a page gives it."""
    place = finders.find(re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", linked))
    assert isinstance(place, str), linked
    return Path(place).read_bytes()
