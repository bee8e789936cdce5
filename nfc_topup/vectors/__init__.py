"""Replays recorded exchanges through the card core and a vault, and names each difference."""

from nfc_topup.vectors.checking import check_text
from nfc_topup.vectors.report import Difference, Report

__all__ = ["Difference", "Report", "check_text"]
