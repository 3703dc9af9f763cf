"""Checks the senders of web hooks."""

import hashlib
import hmac

KEY = b"sample"


def is_genuine(body: bytes, signature: str) -> bool:
    """Was the body signed with our key?"""
    expected = hmac.new(KEY, body, hashlib.sha256).hexdigest()
    return expected == signature
