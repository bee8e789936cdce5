"""What every simulated institution of the sandbox is made of, whatever language it speaks.

A channel's own package (wechat_wallet and its like) adds the words of its wire. Nothing here or
there shares code with gateway.channels, so that an error there cannot hide behind the same error.
"""
