"""The shape of the vault, as numbered migrations and commented columns.

Every column's comment begins with one word, and a test reads it: *canonical* columns are a function
of what was imported, edited and built, and take part in the law of forgetting; *incidental* ones
(row numbers) only hold the tables together; *log* ones tell what happened here and when, and are
outside the law.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("secondme")
"""Append; never edit a step that has shipped."""

WORDS = "porter unicode61 remove_diacritics 2"


@migrations()
def m001_records(db: Database) -> None:
    for statement in _RECORDS:
        db.execute(statement)


@migrations()
def m002_words(db: Database) -> None:
    db.execute(_WORDS_SOURCE)
    db.execute(
        "create virtual table words using fts5("
        "text, subject, author, content='words_source', content_rowid='rowid',"
        f" tokenize='{WORDS}')"
    )
    # A deleted row's terms leave the index at once instead of waiting for a merge.
    db.execute("insert into words(words, rank) values('secure-delete', 1)")
    db.execute("create virtual table words_terms using fts5vocab(words, 'instance')")
    db.execute("create virtual table words_rows using fts5vocab(words, 'row')")


@migrations()
def m003_built(db: Database) -> None:
    for statement in _BUILT:
        db.execute(statement)


@migrations()
def m004_forgotten(db: Database) -> None:
    for statement in _FORGOTTEN:
        db.execute(statement)


@migrations()
def m005_doors(db: Database) -> None:
    for statement in _DOORS:
        db.execute(statement)


@migrations()
def m006_reshaped(db: Database) -> None:
    for statement in _RESHAPED:
        db.execute(statement)


@migrations()
def m007_left_behind(db: Database) -> None:
    db.execute(_LEFT_BEHIND)


@migrations()
def m008_answers(db: Database) -> None:
    for statement in _ANSWERS:
        db.execute(statement)


@migrations()
def m009_contacts(db: Database) -> None:
    db.execute(_CONTACTS)


_RECORDS = (
    """create table settings (
        name  text primary key,  -- log: what is set
        value text not null      -- log: its value; secrets of this vault live here, encrypted
    ) strict, without rowid""",
    """create table batches (
        id        integer primary key,        -- log: the number people see
        made_at   text not null,              -- log: when the import began, UTC
        container text not null,              -- log: keyed hash of the path imported
        paths     text not null,              -- log: JSON; emptied when anything of it is forgotten
        options   text not null,              -- log: import decisions, JSON
        state     text not null,              -- log: running | done | undone
        counts    text not null default '{}'  -- log: what the import reported, JSON
    ) strict""",
    """create table conversations (
        id     integer primary key,  -- incidental: joins
        source text not null,        -- canonical: importer
        name   text not null,        -- canonical: stable name within the source
        unique (source, name)
    ) strict""",
    """create table authors (
        id     integer primary key,  -- incidental: joins
        source text not null,        -- canonical: importer
        name   text not null,        -- canonical: as written
        handle text not null,        -- canonical: provider's id, phone or address; '' for none
        unique (source, name, handle)
    ) strict""",
    """create table records (
        id           integer primary key,    -- incidental: joins words and vectors
        key          text not null unique,   -- canonical: content key, the public id
        conversation integer not null references conversations,  -- incidental: join
        author       integer references authors,  -- incidental: join; null for notices
        native_id    text,               -- canonical: provider's id; null where there is none
        text         text not null,      -- canonical: verbatim
        subject      text not null,      -- canonical: mail subject or section heading
        title        text not null,      -- canonical: its conversation as shown; '' when the name
        sent_at      text,               -- canonical: UTC; null when unknown
        sent_local   text not null,      -- canonical: the time as written
        zone         text not null,      -- canonical: explicit | unix | asked | guessed | none
        precision    text not null,      -- canonical: s | min | day
        order_at     text not null,      -- canonical: sent_at, or that of the record before it
        place        integer not null,   -- canonical: nth of its conversation with this order_at
        kind         text not null,      -- canonical: message | event | mail | section | …
        mine         integer not null,   -- canonical: 1 when the owner wrote it
        role         text not null,      -- canonical: person | forwarded | assistant | system
        reply_to     text,               -- canonical: native_id of what it answers
        attachments  text not null,      -- canonical: file names, JSON; '' for none
        meta         text not null       -- canonical: extra keys of the export, JSON; '' for none
    ) strict""",
    "create index records_in_order on records (conversation, order_at, place, key)",
    "create index records_by_time on records (sent_at)",
    "create index records_by_author on records (author)",
    """create table sightings (
        batch    integer not null references batches,  -- log: who saw it
        record   integer not null,  -- incidental: join
        order_at text not null,     -- canonical: position as this batch saw it
        place    integer not null,  -- canonical: position as this batch saw it
        mine     integer not null,  -- canonical: whose it was by this batch's decisions
        version  text not null,     -- canonical: the record as this batch saw it, '' for as shown
        primary key (batch, record)
    ) strict, without rowid""",
    "create index sightings_by_record on sightings (record)",
)

_WORDS_SOURCE = """create view words_source as
    select r.id as rowid, search_words(cast(r.text as blob)) as text,
           search_words(cast(r.subject as blob)) as subject,
           search_words(cast(coalesce(a.name, '') as blob)) as author
    from records r left join authors a on a.id = r.author"""

_BUILT = (
    """create table vectors_of (
        id       integer primary key check (id = 1),  -- incidental: one row
        identity text not null,     -- canonical: weights, dimensions, runtime, decode layout
        dims     integer not null   -- canonical: numbers in a vector
    ) strict""",
    """create table episodes (
        id           integer primary key,   -- incidental: joins
        key          text not null unique,  -- canonical: hash of the member records
        conversation integer not null references conversations,  -- incidental: join
        built_by     text not null,   -- canonical: hash of the build's inputs
        title        text not null,   -- canonical: a few verbatim words
        keywords     text not null,   -- canonical: JSON list
        first_at     text not null,   -- canonical: time of the first record; '' when unknown
        summary      text not null    -- canonical: composed by larger models; else ''
    ) strict""",
    """create table episode_records (
        episode integer not null references episodes,  -- incidental: join
        record  integer not null references records,   -- incidental: join
        primary key (episode, record)
    ) strict, without rowid""",
    "create index episode_records_by_record on episode_records (record)",
    """create table facts (
        id         integer primary key,   -- incidental: joins
        key        text not null unique,  -- canonical: hash of record, span and category
        record     integer not null references records,  -- incidental: join
        built_by   text not null,     -- canonical: hash of the build's inputs
        category   text not null,     -- canonical: place, work, preference, …
        slot       text not null,     -- canonical: what holds one value at a time; '' for none
        statement  text not null,     -- canonical: composed by larger models; else ''
        confidence real not null      -- canonical: reader's score, three decimals
    ) strict""",
    "create index facts_by_record on facts (record)",
    """create table evidence (
        of     text not null,     -- canonical: key of the derived line
        record integer not null references records,  -- incidental: join
        start  integer not null,  -- canonical: first character of the quote
        stop   integer not null,  -- canonical: one past the last character
        primary key (of, record, start)
    ) strict, without rowid""",
    "create index evidence_by_record on evidence (record)",
    """create table edits (
        key     text primary key,    -- canonical: hash of target and content
        target  text not null,       -- canonical: key of what the owner corrected
        act     text not null,       -- canonical: link | unlink | replace | reject | pin
        content text not null,       -- canonical: the owner's words, JSON
        made_at text not null        -- log: when
    ) strict, without rowid""",
    """create table jobs (
        kind     text not null,     -- log: vectors | episodes | facts
        unit     integer not null,  -- incidental: record or conversation
        built_by text not null,     -- log: hash of the inputs this attempt had
        state    text not null,     -- log: done | failed
        error    text not null,     -- log: kind of the last failure; never content
        attempts integer not null,  -- log: how often it was tried
        primary key (kind, unit)
    ) strict, without rowid""",
)

_FORGOTTEN = (
    """create table tombstones (
        mac blob primary key  -- log: keyed HMAC of a forgotten record's content key
    ) strict, without rowid""",
    """create table receipts (
        number  integer primary key,   -- log: order in the chain
        id      text not null unique,  -- log: public id
        state   text not null,         -- log: removed | purging | done
        body    text not null,         -- log: counts and HMACs, JSON; no content
        prev    text not null,         -- log: hash of the receipt before
        hash    text not null,         -- log: hash of body and prev
        signed  text not null          -- log: Ed25519 signature of hash
    ) strict""",
)

_DOORS = (
    """create table watched (
        id      integer primary key,   -- incidental: join
        path    text not null unique,  -- log: the folder or file, absolute
        options text not null          -- log: the import decisions for it, JSON
    ) strict""",
    """create table watched_files (
        watched  integer not null references watched,  -- incidental: join
        name_mac text not null,     -- log: keyed hash of its path below the watched one
        name     text not null,     -- log: that path; emptied when anything of it is forgotten
        size     integer not null,  -- log: bytes when it was last read
        mtime_ns integer not null,  -- log: its time when it was last read
        digest   text not null,     -- log: keyed hash of its bytes when it was last read
        source   text not null,     -- log: the importer that read it; '' when none did
        batch    integer references batches,  -- incidental: the import that holds what it says
        state    text not null,     -- log: read | unreadable | missing
        primary key (watched, name_mac)
    ) strict, without rowid""",
    """create table kept_out (
        mac blob primary key  -- log: keyed hash of a forgotten section, by its file and words
    ) strict, without rowid""",
    "create index watched_files_by_digest on watched_files (digest)",
    "create index batches_by_container on batches (container)",
    """create table tokens (
        name    text primary key,  -- log: what the owner calls the client
        hash    text not null,     -- log: SHA-256 of the token, which is 256 random bits
        scopes  text not null,     -- log: JSON list of read | chat | write
        made_at text not null      -- log: when, UTC
    ) strict, without rowid""",
    """create table disclosures (
        number integer primary key,  -- log: order
        at     text not null,        -- log: when, UTC
        client text not null,        -- log: the token's name
        act    text not null         -- log: chat | search
    ) strict""",
    """create table disclosed (
        disclosure integer not null references disclosures,  -- incidental: join
        mac        blob not null,    -- log: keyed hash of the record's content key, as tombstones
        primary key (disclosure, mac)
    ) strict, without rowid""",
    """create table outputs (
        path    text primary key,  -- log: a backup or an export of ours, absolute
        kind    text not null,     -- log: backup | export
        made_at text not null      -- log: when, UTC
    ) strict, without rowid""",
)

# What is kept in memory of all records is read anew when any was changed or removed; new ones are
# added to it. The count tells one from the other.
_RESHAPED = (
    "drop index records_by_author",
    "create index records_by_author on records (author, mine)",
    "insert into settings values ('reshaped', '0')",
    """create trigger records_changed after update on records begin
        update settings set value = value + 1 where name = 'reshaped';
    end""",
    """create trigger records_removed after delete on records begin
        update settings set value = value + 1 where name = 'reshaped';
    end""",
)

_CONTACTS = "create index records_of_contacts on records (author) where kind = 'contact'"

_LEFT_BEHIND = """create table left_behind (
    edit text not null,  -- log: key of a correction whose words went from a watched file
    file text not null,  -- log: that file's name_mac: it is forgotten with anything of the file
    primary key (edit, file)
) strict, without rowid"""

_ANSWERS = (
    """create table answers (
        batch  integer not null references batches,  -- log: the import it was given with
        source text not null,  -- log: the importer it is for
        about  text not null,  -- log: tz | date-order
        value  text not null,  -- log: a zone, or an order of day and month
        primary key (batch, source, about)
    ) strict, without rowid""",
    """create table answered_me (
        batch  integer not null references batches,  -- log: the import it was given with
        author integer not null,  -- incidental: who the owner is; gone with the author's last words
        primary key (batch, author)
    ) strict, without rowid""",
)
