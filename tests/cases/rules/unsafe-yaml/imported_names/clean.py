from yaml import SafeLoader, load


def front_matter(text: str):
    """The block between the dashes at the top of a note."""
    head = text.strip()
    return load(head, SafeLoader)
