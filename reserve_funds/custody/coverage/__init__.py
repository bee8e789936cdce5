"""Coverage (备付金覆盖): what is owed to each holder against where the money is, at any moment."""
