"""Personal identifiers, encrypted in the database: the key ring, the sealed field, the keyed hash.

AES-256-GCM with the key's id in front of every value, so keys can be rotated: new values are sealed
with the newest key, old ones open with the key they name. The keyed hash finds an exact value
without opening any.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from graduand.environment import stored_key

KEY_BYTES = 32
NONCE_BYTES = 12


class KeyRing:
    """The keys under GRADUAND_HOME/keys: `seal-<id>.key` (the highest id seals) and `lookup.key`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not any(folder.glob("seal-*.key")):
            self.add_key()
        self.keys = {
            int(p.stem.removeprefix("seal-")): AESGCM(p.read_bytes())
            for p in folder.glob("seal-*.key")
        }
        self.newest = max(self.keys)
        self.lookup = _read_or_make(folder / "lookup.key")

    def add_key(self) -> int:
        """Make the next sealing key; returns its id."""
        known = [int(p.stem.removeprefix("seal-")) for p in self.folder.glob("seal-*.key")]
        number = max(known, default=0) + 1
        _read_or_make(self.folder / f"seal-{number}.key")
        return number

    def seal(self, text: str) -> bytes:
        return self.seal_bytes(text.encode())

    def seal_bytes(self, data: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return (
            self.newest.to_bytes(2, "big")
            + nonce
            + self.keys[self.newest].encrypt(nonce, data, None)
        )

    def open(self, blob: bytes) -> str:
        return self.open_bytes(blob).decode()

    def open_bytes(self, blob: bytes) -> bytes:
        number = int.from_bytes(blob[:2], "big")
        key = self.keys.get(number)
        if key is None:
            raise ImproperlyConfigured(f"找不到第 {number} 号加密密钥，请恢复 {self.folder} 的备份")
        try:
            return key.decrypt(blob[2 : 2 + NONCE_BYTES], blob[2 + NONCE_BYTES :], None)
        except InvalidTag as error:
            raise ImproperlyConfigured(
                f"第 {number} 号加密密钥与数据不符，请恢复正确的密钥"
            ) from error

    def digest(self, text: str) -> str:
        """Keyed hash for exact look-up; "" for the empty text."""
        if not text:
            return ""
        return hmac.new(self.lookup, text.encode(), hashlib.sha256).hexdigest()


def _read_or_make(path: Path) -> bytes:
    """The key file's bytes; made on first use."""
    return stored_key(path, secrets.token_bytes(KEY_BYTES))


@lru_cache(maxsize=4)
def _ring(folder: str) -> KeyRing:
    return KeyRing(Path(folder))


def key_ring() -> KeyRing:
    """The installation's key ring."""
    return _ring(f"{settings.GRADUAND_HOME}/keys")  # asked for every sealed value: no Path is built


def opened(stored: bytes | memoryview | None) -> str:
    """The text of what a `SealedField` keeps."""
    if not stored:
        return ""
    return key_ring().open(bytes(stored))


class SealedField(models.Field):  # type: ignore[type-arg]  # not generic at run time
    """Text that is stored encrypted: str in Python, bytes in the database, "" stays empty."""

    description = "encrypted text"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", "")
        kwargs.setdefault("blank", True)
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def get_internal_type(self) -> str:
        return "BinaryField"

    def _sealed(self, text: str) -> bytes:
        if not text:
            return b""
        return key_ring().seal(text)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            value = self._sealed(value)
        if value is None:
            return None
        return connection.Database.Binary(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str:
        return opened(value)

    def value_to_string(self, obj: Any) -> str:
        return ""
