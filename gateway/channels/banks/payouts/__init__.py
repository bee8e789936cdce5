"""Money out over a partner bank: instructed by our number, asked by our number, told by day."""
