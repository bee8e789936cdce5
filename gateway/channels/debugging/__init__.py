"""验签调试: what was signed, by our reckoning, and where the other side's differs."""

from gateway.channels.debugging.explaining import explain, explained_channels
from gateway.channels.debugging.values import Claim, Difference, Explanation, Specimen, Verdict

__all__ = [
    "Claim",
    "Difference",
    "Explanation",
    "Specimen",
    "Verdict",
    "explain",
    "explained_channels",
]
