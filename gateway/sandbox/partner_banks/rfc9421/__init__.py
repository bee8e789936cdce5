"""HTTP 消息签名银行 as a process of its own."""
