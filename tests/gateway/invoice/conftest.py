"""One seller and one citizen a test, at the run's one office."""

from tests.gateway.invoice.scene import scene

__all__ = ["scene"]
