"""The card in bytes: no keys, no algorithms, no rows."""
