"""Commands of the day close."""
