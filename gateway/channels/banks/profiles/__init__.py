"""The banks the house speaks with, one file each, and nothing in them but what is agreed."""

from gateway.channels.banks.profile import BankProfile
from gateway.channels.banks.profiles.gbk import GBK_BANK
from gateway.channels.banks.profiles.guomi import GUOMI_BANK
from gateway.channels.banks.profiles.rfc9421 import RFC9421_BANK

PROFILES: tuple[BankProfile, ...] = (GUOMI_BANK, GBK_BANK, RFC9421_BANK)
