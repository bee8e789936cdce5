"""Closing a business day: its gates, its seal, what blocked it and who signed the exception."""
