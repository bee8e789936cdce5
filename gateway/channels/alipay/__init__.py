"""支付宝: what it signs, says, pushes and bills at its open platform's gateway."""
