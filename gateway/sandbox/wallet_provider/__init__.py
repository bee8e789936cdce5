"""The sandbox's phone wallet: a provider's server and the card in a phone, in one process.

It speaks the contract of docs/server-fetch.md and shares no code with the gateway: its signatures
are written from RFC 9421, its card is the virtual one.
"""
