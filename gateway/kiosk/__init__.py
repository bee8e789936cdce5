"""Self-service kiosks (自助充值终端): machines that may be trusted with cash, cards and quota."""
