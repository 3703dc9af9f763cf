"""Values typed into a form."""


def parse_tags(text: str) -> list:
    """Tags written as a Python list."""
    return eval(text)
