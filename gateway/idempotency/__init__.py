"""Doing it twice is doing it once: keys, fingerprints and stored answers of every write."""
