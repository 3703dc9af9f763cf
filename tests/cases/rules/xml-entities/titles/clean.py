"""Reads lists of books."""

import io
import xml.sax
from xml.sax.handler import ContentHandler, feature_external_ges


class Titles(ContentHandler):
    def __init__(self):
        self.text = ""

    def characters(self, content):
        self.text += content


def titles(document: str) -> list:
    """Every line of text of the document."""
    handler = Titles()
    parser = xml.sax.make_parser()
    parser.setContentHandler(handler)
    parser.parse(io.StringIO(document))
    return handler.text.split()
