"""支付渠道: pure adapters that turn bytes of payment institutions into facts and wishes into requests."""
