"""XML that nobody can trust: read without entities, DTDs, network or recursion, of any size.

Entities of a document's own are never expanded, so that a bomb of them stays the few bytes it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

_SAFE = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": True}


def parsed(data: bytes) -> Any:
    """The root element of a small document. Raises `ValueError` for what is no XML."""
    from lxml import etree

    try:
        return etree.fromstring(data, etree.XMLParser(**_SAFE, remove_comments=True))
    except (etree.XMLSyntaxError, etree.LxmlError) as error:
        raise ValueError("it is no XML") from error


def elements(stream: BinaryIO, *tags: str, recover: bool = False) -> Iterator[Any]:
    """Every whole element of the `tags`, in document order, each forgotten after its turn.

    Raises `ValueError` where the document breaks; with `recover`, what can be read goes on.
    """
    from lxml import etree

    parser = etree.iterparse(stream, events=("end",), tag=tags, recover=recover, **_SAFE)
    try:
        for _, element in parser:
            yield element
            element.clear()
            # What came before it is still held by its parent; before a root there are comments.
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    except (etree.XMLSyntaxError, etree.LxmlError) as error:
        raise ValueError("it breaks off or is no XML") from error


__all__ = ["elements", "parsed"]
