"""Three partner banks for the sandbox, one process: the other end of each bank's wire contract.

It shares no code with gateway.channels nor gateway.signatures, so that an error there cannot hide
behind the same error here: its SM2 is arithmetic of its own, its signature bases are built anew.
"""
