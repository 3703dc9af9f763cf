"""Who is logged in."""

import jwt

KEY = "a key of sample letters, long enough for the method"


def user_of(token: str) -> str:
    """The user that a token names."""
    claims = jwt.decode(token, KEY, algorithms=["HS256"])
    return claims["sub"]
