"""A wallet for the sandbox: the other end of 支付宝's wire contract, a process of its own.

It shares no code with gateway.channels, so that an error there cannot hide behind the same error
here. It keeps its own book, which the tests use as the oracle of what really happened.
"""
