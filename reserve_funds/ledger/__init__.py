"""The book: the only writer of transfers, and everything that is read from them."""
