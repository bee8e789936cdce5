"""支付渠道: pure adapters, bytes of payment institutions in and facts out."""
