"""微信支付: what it signs, says, pushes and bills, as its APIv3 puts it on the wire."""
