"""备付金: the truth of money. An auditor can read this package alone."""
