"""What can go wrong, in words a person can act on.

Every error carries one sentence (`str(error)`), one `hint`, and the exit code of `sysexits.h` that
a script sees.

SecondMeError
├── UsageError           64   the command was asked for something it cannot mean
├── UnreadableExport     65   an importer claimed a file and could not parse it
├── UnreadableBackup     65   a backup is cut short, altered, or none
├── NotFound             66   no such file, record or batch
├── Missing              69   something optional is needed and absent
│   └── ModelMissing          the hint names the exact `secondme models …`
├── CannotCreate         73   the vault or an output cannot be made here
├── VaultError           74   reading or writing the vault failed
│   └── DiskFull              nothing was half-written
├── Busy                 75   another process holds the vault: try again
└── Refused              77   the key is wrong, or the act is not allowed
    └── WrongKey
"""

from __future__ import annotations

import errno


class SecondMeError(Exception):
    """Anything a person can put right. `hint` says how."""

    code = 70

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(SecondMeError):
    code = 64


class UnreadableExport(SecondMeError):
    code = 65


class UnreadableBackup(SecondMeError):
    code = 65


class NotFound(SecondMeError):
    code = 66


class Missing(SecondMeError):
    code = 69


class ModelMissing(Missing):
    pass


class CannotCreate(SecondMeError):
    code = 73


class VaultError(SecondMeError):
    code = 74


class DiskFull(VaultError):
    pass


class Busy(SecondMeError):
    code = 75


class Refused(SecondMeError):
    code = 77


class WrongKey(Refused):
    pass


def from_system(error: OSError) -> SecondMeError:
    """What the system says, as one of ours."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return DiskFull("The disk is full.", "Free some space and run the same command again.")
    if error.errno == errno.ENOENT:
        return NotFound(f"There is no such file{where}.", "Check the path.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return CannotCreate(f"Permission denied{where}.", "Check the permissions.")
    return VaultError(f"{error.strerror or 'Reading or writing failed'}{where}.", "Try again.")
