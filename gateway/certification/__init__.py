"""自助验收: tries a partner bank against us and us against the bank, and reports every step."""
