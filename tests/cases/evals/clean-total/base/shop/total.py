"""What a basket costs."""


def total(prices):
    """The sum of the prices."""
    whole = 0
    for price in prices:
        whole += price
    return whole
