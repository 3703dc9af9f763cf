"""Values typed into a form."""

import ast


def parse_tags(text: str) -> list:
    """Tags written as a Python list."""
    return ast.literal_eval(text)
