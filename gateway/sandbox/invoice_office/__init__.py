"""The sandbox's invoicing office: a process that speaks the contract of docs/invoices.md.

It shares no code with the gateway: its signatures, its check digits and its papers are its own.
"""
