"""Where things lie: the vault of one person, and the models that all vaults share."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def vault_folder(given: str | None = None) -> Path:
    """`--vault`, else `SECONDME_VAULT`, else the platform's data folder."""
    chosen = given or os.environ.get("SECONDME_VAULT")
    if chosen:
        return Path(chosen).expanduser()
    return Path(platformdirs.user_data_dir("secondme", appauthor=False)) / "vault"


def models_folder() -> Path:
    """`SECONDME_MODELS`, else beside the vaults in the platform's data folder."""
    chosen = os.environ.get("SECONDME_MODELS")
    if chosen:
        return Path(chosen).expanduser()
    return Path(platformdirs.user_data_dir("secondme", appauthor=False)) / "models"


def key_file() -> Path | None:
    chosen = os.environ.get("SECONDME_KEY_FILE")
    return Path(chosen).expanduser() if chosen else None


def local_zone() -> str:
    """This machine's IANA zone: `TZ`, the link behind /etc/localtime, else UTC."""
    named = os.environ.get("TZ", "").lstrip(":")
    if named and "/" in named and not named.startswith("/"):
        return named
    try:
        target = str(Path("/etc/localtime").resolve())
    except OSError:
        return "UTC"
    _, found, zone = target.partition("/zoneinfo/")
    return zone if found and zone and not zone.startswith("Etc/") else "UTC"
