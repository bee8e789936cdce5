"""Every error of the house leaves it as a problem with a stable code and two sentences."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from rest_framework.test import APIRequestFactory

import accounts
import gateway
import nfc_topup
import reserve_funds
from accounts.errors import DomainError, Sort
from gateway.problems import STATUS_OF_CODE, handle, status_of


def every_error() -> list[type[DomainError]]:
    for package in (accounts, gateway, nfc_topup, reserve_funds):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith(("errors", "inbox")) or ".errors." in module.name:
                importlib.import_module(module.name)
    found: list[type[DomainError]] = []
    waiting = [DomainError]
    while waiting:
        kinds = waiting.pop().__subclasses__()
        waiting += kinds
        found += [kind for kind in kinds if not kind.__module__.startswith("tests")]
    return found


ERRORS = every_error()


def test_codes_are_unique() -> None:
    codes = [error.code for error in ERRORS]
    assert len(codes) > 50
    assert {code for code in codes if codes.count(code) > 1} == set()


def test_statuses_are_only_given_to_codes_that_exist() -> None:
    assert set(STATUS_OF_CODE) <= {error.code for error in ERRORS}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_each_error_has_two_sentences_and_a_status(error: type[DomainError]) -> None:
    assert error.zh.strip()
    assert error.en.strip()
    assert error.zh != error.en
    assert isinstance(error.sort, Sort)
    assert 400 <= status_of(error.__new__(error)) < 600


@pytest.mark.parametrize(("language", "at"), [("zh-CN", "zh"), ("en-GB", "en"), ("fr", "zh")])
def test_the_title_is_in_the_askers_language(language: str, at: str) -> None:
    request = APIRequestFactory().get("/", headers={"Accept-Language": language})
    response = handle(accounts.errors.CardNotFound(), {"request": request})
    assert response is not None
    assert response.status_code == 404
    assert response.content_type == "application/problem+json"
    assert response.data["title"] == response.data["say"][at]
    assert response.data["code"] == "card_not_found"
