import subprocess


def whois(domain):
    """The registry's record, as text."""
    domain = domain.lower()
    return subprocess.run(["whois", domain], capture_output=True, text=True).stdout
