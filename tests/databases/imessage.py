"""`chat.db` and `sms.db` of three generations, with people who do not exist."""

from __future__ import annotations

import plistlib

from tests.databases import Rows


def streamtyped(text: str, *, spoken: str = "", mutable: bool = False) -> bytes:
    """An archived attributed string, as `attributedBody` holds it."""
    kind = b"NSMutableAttributedString" if mutable else b"NSAttributedString"
    string = b"\x84\x84\x84\x0fNSMutableString\x01\x84\x84\x08NSString\x01\x95"
    if not mutable:
        string = b"\x84\x84\x84\x08NSString\x01\x94"
    name = b"__kIMMessagePartAttributeName"
    part = b"\x86\x92\x84\x84\x84\x08NSNumber\x00\x84\x84\x07NSValue\x00\x94\x84\x01*"
    part += b"\x84\x99\x99\x00\x86"
    if spoken:
        part += b"\x92\x84\x96\x96" + _counted(b"IMAudioTranscription") + b"\x86"
        part += b"\x92\x84\x96\x96" + _counted(spoken.encode()) + b"\x86"
    return (
        b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84" + _counted(kind) + b"\x00"
        b"\x84\x84\x08NSObject\x00\x85\x92" + string + b"\x84\x01+" + _counted(text.encode())
        + b"\x86\x84\x02iI\x01" + _length(len(text)) + b"\x92\x84\x84\x84\x0cNSDictionary\x00\x94"
        b"\x84\x01i\x01\x92\x84\x96\x96" + _counted(name) + part + b"\x86\x86"
    )  # fmt: skip


def _counted(text: bytes) -> bytes:
    return _length(len(text)) + text


def _length(length: int) -> bytes:
    return bytes([length]) if length < 128 else b"\x81" + length.to_bytes(2, "little")


def preview(title: str, summary: str) -> bytes:
    """A keyed archive of what the preview of a web address showed."""
    uid = plistlib.UID
    return plistlib.dumps(
        {
            "$archiver": "NSKeyedArchiver",
            "$version": 100000,
            "$top": {"root": uid(1)},
            "$objects": [
                "$null",
                {"richLinkMetadata": uid(2), "richLinkIsPlaceholder": False},
                {"title": uid(3), "summary": uid(4), "URL": uid(5)},
                title,
                summary,
                {"NS.base": uid(0), "NS.relative": uid(6)},
                "https://example.org/soup",
            ],
        },
        fmt=plistlib.FMT_BINARY,
    )


def app_bubble(app: str, words: str) -> bytes:
    """The same of an app's bubble."""
    uid = plistlib.UID
    objects = ["$null", {"an": uid(2), "ldtext": uid(3)}, app, words]
    archive = {"$archiver": "NSKeyedArchiver", "$top": {"root": uid(1)}, "$objects": objects}
    return plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)


def summary(*versions: str, unsent: bool = False) -> bytes:
    """What `message_summary_info` holds of a message that was edited or unsent."""
    told: dict[str, object] = {"otr": {"0": {"lo": 0, "le": 9}}}
    if versions:
        told["ec"] = {
            "0": [{"d": 700000000.0 + n, "t": streamtyped(text)} for n, text in enumerate(versions)]
        }
    if unsent:
        told["rp"] = [0]
    return plistlib.dumps(told, fmt=plistlib.FMT_BINARY)


CHAT_DB = """
create table handle (rowid integer primary key, id text not null, country text,
    service text not null, person_centric_id text);
create table chat (rowid integer primary key, guid text unique not null, style integer,
    chat_identifier text, service_name text, room_name text, display_name text);
create table chat_handle_join (chat_id integer, handle_id integer);
create table chat_message_join (chat_id integer, message_id integer, message_date integer,
    primary key (chat_id, message_id));
create table chat_recoverable_message_join (chat_id integer, message_id integer);
create table attachment (rowid integer primary key, guid text unique not null, filename text,
    mime_type text, transfer_name text, hide_attachment integer);
create table message_attachment_join (message_id integer, attachment_id integer);
create table message (rowid integer primary key, guid text unique not null, text text,
    handle_id integer, subject text, attributedBody blob, service text, account text,
    destination_caller_id text, date integer, is_from_me integer, item_type integer,
    other_handle integer, group_title text, group_action_type integer, share_status integer,
    share_direction integer, associated_message_guid text, associated_message_type integer,
    associated_message_emoji text, balloon_bundle_id text, payload_data blob,
    message_summary_info blob, thread_originator_guid text, date_edited integer,
    date_retracted integer, is_audio_message integer);
create trigger after_delete after delete on message begin select delete_attachment(old.guid); end;
"""
_MESSAGE = (
    "rowid guid text handle_id subject attributedBody service account destination_caller_id date"
    " is_from_me item_type other_handle group_title group_action_type share_status share_direction"
    " associated_message_guid associated_message_type associated_message_emoji balloon_bundle_id"
    " payload_data message_summary_info thread_originator_guid date_edited date_retracted"
    " is_audio_message"
).split()
ADA, BEA, CARL = 1, 2, 3


def message(number: int, minute: int, who: int = 0, **held: object) -> tuple[object, ...]:
    """A row of `message`; of the owner where nobody is named."""
    row = {
        "rowid": number,
        "guid": f"00000000-0000-0000-0000-{number:012d}",
        "handle_id": who,
        "service": "iMessage",
        "account": "E:me@example.org",
        "date": (720_000_000 + 60 * minute) * 10**9,
        "is_from_me": int(not who),
    } | held
    return tuple(row.get(name) for name in _MESSAGE)


def guid(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


def mac() -> Rows:
    long = "We could take the night train. " * 9
    url = "com.apple.messages.URLBalloonProvider"
    app = "com.apple.messages.MSMessageExtensionBalloonPlugin:0000000000:com.example.pay"
    in_group = [8, 9, 10, 11, 12, 13, 14, 20]
    return {
        "handle": [
            (ADA, "+15550101", "us", "iMessage", None),
            (BEA, "bea@example.org", None, "iMessage", None),
            (CARL, "+15550103", "us", "SMS", None),
        ],
        "chat": [
            (1, "iMessage;-;+15550101", 45, "+15550101", "iMessage", None, ""),
            (2, "SMS;-;+15550101", 45, "+15550101", "SMS", None, None),
            (3, "iMessage;+;chat100200", 43, "chat100200", "iMessage", "chat100200", "Hiking"),
        ],
        "chat_handle_join": [(1, ADA), (2, ADA), (3, ADA), (3, BEA), (3, CARL)],
        "chat_message_join": [
            *((1, n, 0) for n in (1, 2, 3, 4, 5, 6, 7, 15, 16, 17, 18, 19, 22)),
            (2, 23, 0),
            *((3, n, 0) for n in in_group),
        ],
        "chat_recoverable_message_join": [(1, 24)],
        "attachment": [
            (1, "a1", "~/Library/Messages/Attachments/0a/10/x/IMG_0007.HEIC", "image/heic",
             "IMG_0007.HEIC", 0),
            (2, "a2", "~/Library/Messages/Attachments/0b/11/y/1.pluginPayloadAttachment", None,
             "1.pluginPayloadAttachment", 0),
            (3, "a3", "/var/mobile/Library/SMS/Attachments/0c/Audio Message.caf", "audio/x-caf",
             "Audio Message.caf", 0),
        ],
        "message_attachment_join": [(3, 1), (5, 2), (7, 3)],
        "message": [
            message(1, 0, ADA, text="Did you sleep well?"),
            message(2, 1, attributedBody=streamtyped("Like a stone. " + "😴")),
            message(3, 2, ADA,
                    attributedBody=streamtyped("\ufffcThe view from here", mutable=True)),
            message(4, 3, attributedBody=streamtyped(long)),
            message(5, 4, ADA, text="https://example.org/soup", balloon_bundle_id=url,
                    payload_data=preview("Soup of the day", "Leeks, mostly")),
            message(6, 5, ADA, balloon_bundle_id=app,
                    payload_data=app_bubble("Pay", "12 € for the train")),
            message(7, 6, ADA, attributedBody=streamtyped("\ufffc", spoken="I am on the platform"),
                    is_audio_message=1),
            message(8, 10, item_type=2, group_title="Hiking", handle_id=0),
            message(9, 11, BEA, text="Saturday?", subject="Plans"),
            message(10, 12, CARL, text="I am in", service="SMS",
                    thread_originator_guid=guid(9)),
            message(11, 13, ADA, text="Loved “Saturday?”", associated_message_type=2000,
                    associated_message_guid=f"p:0/{guid(9)}"),
            message(12, 14, CARL, text="Reacted 🥾 to “Saturday?”", associated_message_type=2006,
                    associated_message_guid=f"p:0/{guid(9)}", associated_message_emoji="🥾"),
            message(13, 15, BEA, item_type=1, group_action_type=1, other_handle=CARL),
            message(14, 16, CARL, item_type=3),
            message(15, 20, ADA, attributedBody=streamtyped("See you at nine"), date_edited=1,
                    message_summary_info=summary("See you at eight", "See you at nine")),
            message(16, 21, ADA, date_edited=1,
                    message_summary_info=summary("Bring tea", "Bring coffee")),
            message(17, 22, message_summary_info=summary(unsent=True), date_retracted=1),
            message(18, 23, ADA, text="Liked “gone”", associated_message_type=2001,
                    associated_message_guid="bp:FFFFFFFF-0000-0000-0000-000000000000"),
            message(19, 24, ADA, text="Removed a like from “Did you sleep well?”",
                    associated_message_type=3001, associated_message_guid=f"p:0/{guid(1)}"),
            message(20, 25, item_type=4, other_handle=BEA, share_status=0, share_direction=0),
            message(21, 26, BEA, text="Nobody's chat"),
            message(22, -5, text="Older, written down later", destination_caller_id="+15550100"),
            message(23, 30, ADA, text="no net here, sms", service="SMS"),
            message(24, 31, ADA, text="deleted"),
            message(25, 32, ADA, text=""),
            message(26, 33, ADA, text="no time", date=0),
        ],
    }  # fmt: skip


PHONE_6 = """
create table handle (rowid integer primary key, id text not null, service text not null);
create table chat (rowid integer primary key, guid text unique not null, style integer,
    chat_identifier text, room_name text);
create table chat_handle_join (chat_id integer, handle_id integer);
create table chat_message_join (chat_id integer, message_id integer);
create table attachment (rowid integer primary key, guid text, filename text, transfer_name text);
create table message_attachment_join (message_id integer, attachment_id integer);
create table message (rowid integer primary key, guid text unique not null, text text,
    handle_id integer, service text, account text, date integer, is_from_me integer,
    item_type integer, group_title text, cache_roomnames text);
"""


def phone_6() -> Rows:
    return {
        "handle": [(1, "+15550101", "SMS"), (2, "+15550102", "SMS")],
        "chat": [(1, "SMS;+;chat7", 43, "chat7", "chat7")],
        "chat_handle_join": [(1, 1), (1, 2)],
        "chat_message_join": [(1, 1), (1, 2)],
        "attachment": [(1, "a", None, "map.jpg")],
        "message_attachment_join": [(2, 1)],
        "message": [
            (1, "g1", "Which way?", 1, "SMS", "P:+15550100", 380_000_000, 0, 0, None, "chat7"),
            (2, "g2", None, 0, "SMS", "P:+15550100", 380_000_060, 1, 0, None, "chat7"),
        ],
    }


PHONE_5 = """
create table message (rowid integer primary key, address text, date integer, text text,
    flags integer, group_id integer, subject text, is_madrid integer, madrid_handle text,
    madrid_flags integer, madrid_guid text, madrid_roomname text);
create table msg_group (rowid integer primary key, type integer);
create table group_member (rowid integer primary key, group_id integer, address text);
"""


def phone_5() -> Rows:
    return {
        "msg_group": [(1, 0), (2, 1)],
        "group_member": [(1, 1, "+15550101"), (2, 2, "+15550101"), (3, 2, "+15550102")],
        "message": [
            (1, "+15550101", 1_300_000_000, "Are you up?", 2, 1, None, 0, None, 0, None, None),
            (2, "+15550101", 1_300_000_060, "Now I am", 3, 1, None, 0, None, 0, None, None),
            (3, "+15550102", 1_300_000_120, "All of us", 2, 2, None, 0, None, 0, None, None),
            (4, None, 340_000_000, "Blue bubbles", 0, 1, None, 1, "+15550101", 12289, "m1", None),
            (5, None, 340_000_060, "At last", 0, 1, None, 1, "+15550101", 36869, "m2", None),
        ],
    }
