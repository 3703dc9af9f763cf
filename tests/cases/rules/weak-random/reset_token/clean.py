"""Links to set a new password."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits


def reset_token(length=32):
    """A token for one link."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
