"""国密报文银行 as a process of its own."""
