import ssl


class Broker:
    def __init__(self, host: str, port: int = 8883):
        self.host = host
        self.port = port

    def context(self) -> ssl.SSLContext:
        """How to talk to the broker."""
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context
