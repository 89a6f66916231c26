"""Codes and link tokens: drawn at random, stored as digests, shown again only from an encrypted copy."""

import base64
import hashlib
import hmac
import json
import secrets
import unicodedata
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

DIGITS = {"customer": 6, "agent": 8, "specialist": 9}  # the length says for whom (DESIGN 5)
CODE_LENGTHS = tuple(DIGITS.values())
TOKEN_BYTES = 32

# The letter after a link's token says how it came to its reader, for the record. Whoever holds the token may write
# another one, and gains nothing by it.
WAYS = {"c": "code", "p": "portal", "l": "link", "m": "mail", "q": "qr"}
LETTERS = {way: letter for letter, way in WAYS.items()}


@dataclass(frozen=True)
class Secrets:
    """What goes to the invited person; never stored as it is."""

    code: str
    token: str

    @property
    def code_display(self) -> str:
        """In groups of one size, as it is read aloud: 123 456, 1234 5678, 123 456 789."""
        size = 3 if len(self.code) % 3 == 0 else 4
        return " ".join(self.code[start : start + size] for start in range(0, len(self.code), size))

    @property
    def link(self) -> str:
        """The token stands in the fragment, so that no log, Referer or scanner request holds it (S-20)."""
        return f"{settings.ORIGINS[0]}/join/#{self.token}"

    def link_by(self, way: str) -> str:
        return f"{self.link}.{LETTERS[way]}"


def draw_codes(*, digits: int, count: int) -> list[str]:
    """Return `count` random codes with their leading zeros."""
    return [f"{secrets.randbelow(10**digits):0{digits}d}" for _each in range(count)]


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def code_digest(code: str) -> str:
    """HMAC-SHA-256 under the pepper: a code has too few bits for a plain hash, and must be found by value (S-11)."""
    return hmac.new(settings.CODE_PEPPER.encode(), code.encode(), hashlib.sha256).hexdigest()


def split(fragment: str) -> tuple[str, str]:
    """The token and the way of a link's fragment."""
    token, _dot, letter = fragment.partition(".")
    return token, WAYS.get(letter, "link")


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def normalise(text: str) -> str:
    """Drop what people put between digits (spaces, hyphens, dashes) and read every script's digits as 0 to 9."""
    kept = []
    for character in text:
        if unicodedata.category(character) in {"Zs", "Pd", "Cf", "Cc"}:
            continue
        digit = unicodedata.decimal(character, None)
        kept.append(character if digit is None else str(digit))
    return "".join(kept)


def seal(opened: Secrets) -> str:
    return _box().encrypt(json.dumps([opened.code, opened.token]).encode()).decode()


def unseal(sealed: str) -> Secrets | None:
    """Return what was sealed, or None where it has been deleted or the key is gone."""
    if not sealed:
        return None
    try:
        code, token = json.loads(_box().decrypt(sealed.encode()))
    except InvalidToken:
        return None
    return Secrets(code=code, token=token)


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"invitation" + key.encode()).digest())) for key in keys]
    )
