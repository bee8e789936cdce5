"""The line to the banks that keep our accounts: instructions out, statements in."""
