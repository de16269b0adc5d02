"""SQLCipher's sealed pages, opened without SQLCipher: key derivation, HMAC and AES of version 4.

Per page of 4,096 bytes: the ciphertext, then 16 bytes of IV and 64 of HMAC-SHA512 over both and the
page's number. The key is used as it is; the HMAC key is derived from it and the file's salt.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

from secondme.errors import NotFound, VaultError, WrongKey

PAGE = 4096
_IV, _MAC = 16, 64
USABLE = PAGE - _IV - _MAC
MAGIC = b"SQLite format 3\0"


class SealedPages:
    """The pages of one file, decrypted as they are asked for and never kept."""

    def __init__(self, path: Path, key: bytes) -> None:
        try:
            self._file = path.open("rb", buffering=0)
        except FileNotFoundError as error:
            raise NotFound(f"There is no database {path}.") from error
        except OSError as error:
            raise VaultError(f"{path} cannot be read: {error.strerror}.") from error
        try:
            self._open(path, key)
        except BaseException:
            self._file.close()
            raise

    def _open(self, path: Path, key: bytes) -> None:
        salt = self._file.read(16)
        size = self._file.seek(0, 2)
        if size < PAGE or salt == MAGIC:
            what = "too short for a database" if size < PAGE else "not encrypted"
            raise VaultError(f"{path} is {what}.", "Restore it from a backup.")
        if len(key) != 32:
            raise WrongKey("A database key has 32 bytes.")
        self._aes = AES256(key)
        mac_salt = bytes(byte ^ 0x3A for byte in salt)
        mac_key = hashlib.pbkdf2_hmac("sha512", key, mac_salt, 2, 32)
        self._mac = hmac.new(mac_key, digestmod=hashlib.sha512)
        self.in_file, self.odd_bytes = divmod(size, PAGE)
        # Page 1 alone may have been tampered with; a wrong key fits no page.
        if not any(self.authentic(number) for number in range(1, self.in_file + 1)):
            raise WrongKey("This key does not open the database.")
        head = self.read(1) if self.authentic(1) else None
        told = int.from_bytes(head[28:32], "big") if head else 0
        self.count = min(told, self.in_file) or self.in_file

    def __enter__(self) -> SealedPages:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _raw(self, number: int) -> bytes:
        self._file.seek((number - 1) * PAGE)
        return self._file.read(PAGE)

    def authentic(self, number: int) -> bool:
        return self.read(number) is not None

    def read(self, number: int) -> bytes | None:
        """The `USABLE` plain bytes of a page, or None when its HMAC does not match.

        A page that was never written is a hole of zeros in the file, and reads as zeros.
        """
        raw = self._raw(number)
        start = 16 if number == 1 else 0
        mac = self._mac.copy()
        mac.update(raw[start:-_MAC])
        mac.update(number.to_bytes(4, "little"))
        if not hmac.compare_digest(mac.digest(), raw[-_MAC:]):
            return bytes(USABLE) if not raw.strip(b"\0") else None
        decryptor = Cipher(self._aes, CBC(raw[USABLE : USABLE + _IV])).decryptor()
        plain = decryptor.update(raw[start:USABLE])
        # The salt stands where SQLite's magic would.
        return plain if number > 1 else MAGIC + plain

    def tail(self) -> bytes:
        """What follows the last whole page of the file; a database has nothing there."""
        self._file.seek(self.in_file * PAGE)
        return self._file.read(self.odd_bytes)
