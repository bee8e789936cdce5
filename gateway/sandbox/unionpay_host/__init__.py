"""银联 for the sandbox: the other end of acp 5.1.0's wire contract, a process of its own.

It has certificate authorities, a book and code of its own; nothing of gateway.channels is in it.
"""
