from io import BytesIO
from xml import sax
from xml.sax import handler


class Collector(handler.ContentHandler):
    def __init__(self, parts: list):
        self.parts = parts

    def characters(self, content):
        self.parts.append(content)


class Reader:
    """Collects the text of a feed."""

    def read(self, feed: bytes) -> str:
        parts: list = []
        parser = sax.make_parser()
        parser.setContentHandler(Collector(parts))
        parser.setFeature(handler.feature_external_ges, 1)
        source = BytesIO(feed)
        parser.parse(source)
        return "".join(parts)
