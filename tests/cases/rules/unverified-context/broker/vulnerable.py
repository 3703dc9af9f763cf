import ssl


class Broker:
    def __init__(self, host: str, port: int = 8883):
        self.host = host
        self.port = port

    def context(self) -> ssl.SSLContext:
        """How to talk to the broker."""
        return ssl._create_unverified_context()
