"""How a neighbour says no, on its wire and on its control plane."""


class Refusal(Exception):
    """It will not do it; `code` is its own word for why."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
