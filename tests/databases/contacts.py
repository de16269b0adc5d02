"""The address books of a Mac and of a phone."""

from __future__ import annotations

from tests.databases import Rows

MAC = """
create table ZABCDRECORD (Z_PK integer primary key, ZFIRSTNAME text, ZLASTNAME text,
    ZORGANIZATION text, ZJOBTITLE text, ZNICKNAME text, ZUNIQUEID text);
create table ZABCDPHONENUMBER (Z_PK integer primary key, ZOWNER integer, ZFULLNUMBER text,
    ZLABEL text);
create table ZABCDEMAILADDRESS (Z_PK integer primary key, ZOWNER integer, ZADDRESS text,
    ZLABEL text);
"""


def mac() -> Rows:
    return {
        "ZABCDRECORD": [
            (1, "Ada", "Bloom", "Weir & Sons", "Miller", "Addie", "A-1:ABPerson"),
            (2, None, None, "The bakery", None, None, "A-2:ABPerson"),
            (3, None, None, None, None, None, "A-3:ABGroup"),
        ],
        "ZABCDPHONENUMBER": [
            (1, 1, "+1 (202) 555-0101", "_$!<Mobile>!$_"),
            (2, 2, "+12025550109", "counter"),
        ],
        "ZABCDEMAILADDRESS": [(1, 1, "Ada@example.org", "_$!<Home>!$_")],
    }


PHONE = """
create table ABPerson (rowid integer primary key, First text, Last text, Organization text,
    guid text);
create table ABMultiValueLabel (value text);
create table ABMultiValue (UID integer primary key, record_id integer, property integer,
    identifier integer, label integer, value text);
"""


def phone() -> Rows:
    return {
        "ABPerson": [(1, "Bea", "Reed", None, "B-1")],
        "ABMultiValueLabel": [("_$!<Work>!$_",)],
        "ABMultiValue": [
            (1, 1, 3, 0, 1, "+1 202 555 0102"),
            (2, 1, 4, 0, None, "bea@example.org"),
            (3, 1, 22, 0, None, "https://bea.example/"),
        ],
    }
