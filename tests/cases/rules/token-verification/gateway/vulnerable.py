import jwt


class Gateway:
    def __init__(self, secret: str):
        self.secret = secret

    def scopes(self, token: str) -> list:
        options = {"verify_exp": True}
        payload = jwt.decode(
            token,
            key=self.secret,
            options={"verify_signature": False, "require": ["sub"]},
            algorithms=["HS256"],
        )
        return [payload["sub"], payload["scope"], len(options)]
