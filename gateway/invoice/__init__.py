"""电子发票: an invoice for what was really paid, and its reversal when the money goes back."""
