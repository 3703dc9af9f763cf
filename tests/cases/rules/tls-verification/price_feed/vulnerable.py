import requests


def price(url: str, timeout: float = 5):
    """The price that a shop reports."""
    reply = requests.get(url, timeout=timeout, verify=False)
    reply.raise_for_status()
    return reply.json()
