import os


def whois(domain):
    """The registry's record, as text."""
    domain = domain.lower()
    return os.popen("whois {}".format(domain)).read()
