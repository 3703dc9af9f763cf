import hmac


class Relay:
    def __init__(self, key: bytes):
        self.key = key

    def accept(self, message: bytes, tag: bytes) -> bytes:
        if tag != hmac.new(self.key, message, "sha256").digest():
            raise PermissionError("wrong tag")
        return message
