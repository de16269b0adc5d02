"""`logs.db` of `llm`: one file in which all three generations of its tables were used."""

from __future__ import annotations

from tests.databases import Rows

LOGS = """
create table _llm_migrations (name text primary key, applied_at text);
create table logs (id integer primary key, model text, prompt text, system text, prompt_json text,
    response text, reply_to_id integer, chat_id integer, datetime_utc text);
create table conversations (id text primary key, name text, model text);
create table responses (id text primary key, model text, prompt text, system text,
    prompt_json text, response text, conversation_id text, duration_ms integer, datetime_utc text);
create table attachments (id text primary key, type text, path text, url text, content blob);
create table prompt_attachments (response_id text, attachment_id text, "order" integer);
create table fragments (id integer primary key, hash text, content text, source text);
create table prompt_fragments (response_id text, fragment_id integer, "order" integer);
create table threads (id text primary key, name text, tip_message_hash text, forked_from text,
    datetime_utc text);
create table messages (hash text primary key, parent_hash text, role text);
create table parts (id integer primary key, message_hash text, position integer, type text,
    tool_name text, text text, payload text);
create table turns (id text primary key, thread_id text, parent_message_hash text,
    tip_message_hash text, model text, datetime_utc text);
create table turn_fragments (turn_id text, fragment_id integer, "order" integer, kind text);
create view message_tree as select hash, no_such_function(role) from messages;
"""


def logs() -> Rows:
    return {
        "_llm_migrations": [("m001_initial", "2023-06-01")],
        "logs": [
            (1, "chatgpt", "Name a wading bird", None, None, "Avocet", None, None,
             "2023-06-14 08:00:00.123456"),
            (2, "chatgpt", "Another", None, None, "Curlew", None, 1, "2023-06-14 08:01:00"),
        ],
        "conversations": [("c1", "What grows in shade?", "mini")],
        "responses": [
            ("r1", "mini", "What grows in shade?", "Be brief", None, "Ferns", "c1", 10,
             "2024-05-01T08:00:00.000001+00:00"),
            ("r2", "mini", "And in this corner?", "Be brief", None, "Moss", "c1", 10,
             "2024-05-01T08:01:00"),
            ("r3", "mini", "", None, None, "A tool's answer", "c1", 10, "2024-05-01T08:02:00"),
            ("t1", "mini", "Copied to the new tables", None, None, "Yes", "c1", 10,
             "2024-05-01T08:03:00"),
        ],
        "attachments": [
            ("a1", "image/jpeg", "/home/ada/corner.jpg", None, None),
            ("a2", "image/png", None, "https://garden.example/plan.png", None),
        ],
        "prompt_attachments": [("r2", "a1", 0)],
        "fragments": [(1, "h1", "A long text of somebody else's", "/home/ada/shade.txt")],
        "prompt_fragments": [("r1", 1, 0)],
        "threads": [
            ("h1", "Plan a bed", "m4", None, "2026-10-01"),
            ("h2", "Plan a bed, again", "m6", "h1", "2026-10-02"),
        ],
        "messages": [
            ("m0", None, "system"),
            ("m1", "m0", "user"),
            ("m2", "m1", "assistant"),
            ("m2t", "m2", "tool"),
            ("m2a", "m2t", "assistant"),
            ("m3", "m2a", "user"),
            ("m4", "m3", "assistant"),
            ("m5", "m2a", "user"),
            ("m6", "m5", "assistant"),
        ],
        "parts": [
            (1, "m0", 0, "text", None, "You know soils", None),
            (2, "m1", 0, "text", None, None,
             '{"text_ref": [{"literal": "Plan a bed from "}, {"fragment": 1}]}'),
            (3, "m1", 1, "attachment", None, None, '{"attachment": {"id": "a2"}}'),
            (4, "m2", 0, "reasoning", None, "Which soil?", None),
            (5, "m2", 1, "tool_call", "soil", None, '{"name": "soil", "arguments": {}}'),
            (6, "m2t", 0, "tool_result", "soil", None, '{"name": "soil", "output": "clay"}'),
            (7, "m2a", 0, "text", None, "On clay, asters.", None),
            (8, "m3", 0, "text", None, "And in spring?", None),
            (9, "m4", 0, "text", None, "Lungwort.", None),
            (10, "m5", 0, "text", None, "And in winter?", None),
            (11, "m6", 0, "text", None, "Hellebores.", None),
        ],
        "turns": [
            ("t1", "h1", "m1", "m2a", "mini", "2026-10-01T08:00:00.000000+00:00"),
            ("t2", "h1", "m3", "m4", "mini", "2026-10-01T08:01:00+00:00"),
            ("t3", "h2", "m5", "m6", "mini", "2026-10-02T08:00:00+00:00"),
        ],
        "turn_fragments": [("t1", 1, 0, "prompt")],
    }  # fmt: skip
