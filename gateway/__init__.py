"""The roof: answers doors and runs errands; the only package that knows cards and money both."""
