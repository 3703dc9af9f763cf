"""What a basket costs."""


def total(prices):
    """The sum of the prices."""
    return sum(prices)
