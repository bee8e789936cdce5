"""Kiosks of the sandbox: the wire as a machine speaks it."""
