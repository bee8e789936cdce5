"""收款: payments as facts, notices, evidence and refunds, for every room that takes money."""
