"""企业批量充值: a unit pays once, each of its people loads their own part, the rest goes back."""
