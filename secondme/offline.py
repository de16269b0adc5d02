"""Offline by construction: once guarded, a process can reach nothing beyond this machine.

The check is an audit hook (PEP 578), which sits under every socket of Python's, whichever library
opened it, and cannot be taken out again. Unix sockets pass (the keychain speaks over D-Bus). The
one way out is `secondme models pull`, whose fetching is a process of its own.
"""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

from secondme.errors import Refused

_REACHING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"})
"""Called with (socket, address). To bind elsewhere than loopback would let others reach us."""
_RESOLVING = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
"""Called with a host first. To look up a name is a packet that leaves, too."""


def guard() -> None:
    """From now on, refuse every connection, datagram, name lookup and listening socket that is not
    on the loopback interface: it raises `Refused`, and no packet is sent.
    """
    sys.addaudithook(_check)


def loopback(host: str) -> bool:
    """Is this host, by name or number, this machine and nothing else? Other names than `localhost`
    may be anything, and a resolver would be asked about them.
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _check(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _RESOLVING:
        # Nobody and the empty name stand for this machine here, and for every interface in `bind`.
        if arguments[0] and not loopback(_text(arguments[0])):
            raise _stopped()
    elif event in _REACHING and not _stays(arguments[1]):
        raise _stopped()


def _stays(address: Any) -> bool:
    """Does a socket address lie on this machine? Those of Unix sockets are paths; a datagram of a
    connected socket has none, and its connection was looked at.
    """
    if address is None or isinstance(address, (str, bytes)):
        return True
    return isinstance(address, tuple) and bool(address) and loopback(_text(address[0]))


def _text(host: Any) -> str:
    return host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else str(host)


def _stopped() -> Refused:
    return Refused(
        "Something tried to reach beyond this machine, and was stopped.",
        "secondme works offline; only `secondme models pull` fetches anything.",
    )
