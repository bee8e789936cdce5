"""Tells Django that the truth of money is an application of the house."""

from django.apps import AppConfig


class ReserveFundsConfig(AppConfig):
    name = "reserve_funds"
    verbose_name = "备付金 reserve fund"
