"""密钥管理: how keys come in, which versions there are."""
