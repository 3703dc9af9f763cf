"""The private key: is it one that GitHub gives?"""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.doctor import Result, ok, problem, skipped
from bot.doctor.site import Site

GROUP, PLACE = "settings", 30
_NEW = (
    "Generate a private key on the App's page at GitHub, and set SUTURE_PRIVATE_KEY_PATH to that .pem file."
)

_SIGNS = {
    "BEGIN PUBLIC KEY": "The private key is a public key.",
    "BEGIN CERTIFICATE": "The private key is a certificate.",
    "ENCRYPTED": "The private key is locked with a password.",
}


def look(site: Site) -> Iterable[Result]:
    """Its form, in the words of what it is instead."""
    if site.settings.private_key is None:
        return [skipped("No private key is set.")]
    text = site.settings.private_key.reveal()
    if "-----BEGIN" not in text:
        return [_no_pem(text)]
    for sign, said in _SIGNS.items():
        if sign in text:
            return [problem(said, _NEW)]
    return [_loaded(text)]


def _loaded(text: str) -> Result:
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return problem("The private key is damaged: a line is missing, broken or changed.", _NEW)
    if not isinstance(key, RSAPrivateKey):
        return problem("The private key is not an RSA key, as GitHub's are.", _NEW)
    if key.key_size < 2048:
        return problem(f"The private key has {key.key_size} bits; GitHub's have 2048.", _NEW)
    return ok(f"An RSA key of {key.key_size} bits.")


def _no_pem(text: str) -> Result:
    if "\n" not in text.strip() and text.strip().endswith(".pem"):
        return problem(
            "SUTURE_PRIVATE_KEY is a file's name, not a key.",
            "Put the name into SUTURE_PRIVATE_KEY_PATH instead.",
        )
    return problem("The private key is not in PEM form (-----BEGIN RSA PRIVATE KEY-----).", _NEW)
