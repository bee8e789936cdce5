"""合作银行: one adapter for every partner bank, and each bank's habits as a profile of data."""
