"""Every table, with a line on what it is.

A case's ``entry`` rows are the truth; the tables below it that name a case are projections of them, written in
the same transaction, unless their line says otherwise. Unique constraints, not locks, are the last guard.
Small tables whose key is their access path have no rowid on SQLite: one tree to write instead of two.
"""

from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.bodies import Body
from storage.columns import Bytes, Day, Hash, Instant, Key, OpenDay

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

KEYED: Final[dict[str, Any]] = {"sqlite_with_rowid": False}


def _case(**options: Any) -> Column[str]:
    return Column("case", Key, ForeignKey("case.id"), nullable=False, **options)


def _person(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Key, ForeignKey("person.id"), nullable=nullable)


# One version of a procedure, by the hash of everything it consists of; never changed, never deleted.
definition: Final = Table(
    "definition",
    metadata,
    Column("hash", Hash, nullable=False),
    Column("procedure", Key, nullable=False),
    Column("data", Body, nullable=False),
    Column("at", Instant, nullable=False),
    Column("provenance", Key, nullable=False),
    PrimaryKeyConstraint("hash"),
    Index(None, "procedure", "at"),
)

# That a definition is the current one of its procedure from a day on, and the two who decided so.
publication: Final = Table(
    "publication",
    metadata,
    Column("procedure", Key, nullable=False),
    Column("from_on", Day, nullable=False),
    Column("at", Instant, nullable=False),
    Column("hash", Hash, ForeignKey("definition.hash"), nullable=False),
    Column("by", Key, nullable=False),
    Column("confirmed_by", Key),
    Column("provenance", Key, nullable=False),
    PrimaryKeyConstraint("procedure", "from_on", "at"),
    **KEYED,
)

# What else a step may read (limits, amounts, calendars, offices), by hash; never deleted.
basis: Final = Table(
    "basis",
    metadata,
    Column("hash", Hash, nullable=False),
    Column("data", Body, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("hash"),
    Index(None, "at"),
)

# One run of a procedure: the row that is locked while its history grows, with the snapshot that spares a replay.
case: Final = Table(
    "case",
    metadata,
    Column("id", Key, nullable=False),
    Column("procedure", Key, nullable=False),
    Column("definition", Hash, ForeignKey("definition.hash"), nullable=False),
    Column("basis", Hash, ForeignKey("basis.hash"), nullable=False),
    Column("office", Key, nullable=False),
    Column("dossier", Key),
    Column("number", Key),
    Column("title", Text, nullable=False),
    Column("state", Key, nullable=False),
    Column("outcome", Key),
    Column("seq", Integer, nullable=False),
    Column("head", Hash, nullable=False),
    Column("at", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("version", Integer, nullable=False),
    Column("snapshot_engine", Key),
    Column("snapshot", Bytes),
    PrimaryKeyConstraint("id"),
    Index("ix_case_office_state_id", "office", "state", "id"),
    Index(
        "ix_case_dossier",
        "dossier",
        sqlite_where=text("dossier IS NOT NULL"),
        postgresql_where=text("dossier IS NOT NULL"),
    ),
)

# The head of a register's chain (persons, offices, parameters, definitions), locked while it grows.
register: Final = Table(
    "register",
    metadata,
    Column("name", Key, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("head", Hash, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("name"),
    **KEYED,
)

# One line of the history of a case or register, append-only for ever; ``body`` is the very bytes hashed, compressed.
entry: Final = Table(
    "entry",
    metadata,
    Column("case", Key, key="chain", nullable=False),
    Column("seq", Integer, nullable=False),
    Column("format", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Key, nullable=False),
    Column("on_behalf_of", Key),
    Column("kind", Key, nullable=False),
    Column("key", Key, nullable=False),
    Column("address", Key),
    Column("definition", Hash, ForeignKey("definition.hash")),
    Column("basis", Hash, ForeignKey("basis.hash")),
    Column("body", Body, nullable=False),
    Column("body_root", Hash, nullable=False),
    Column("prev_hash", Hash, nullable=False),
    Column("hash", Hash, nullable=False),
    PrimaryKeyConstraint("chain", "seq"),
    UniqueConstraint("chain", "key"),
)

# A salted leaf of an entry, the only place a personal fact's text stands; erased on lawful order by deleting the row.
leaf: Final = Table(
    "leaf",
    metadata,
    Column("case", Key, key="chain", nullable=False),
    Column("seq", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("salt", Bytes, nullable=False),
    Column("body", Body, nullable=False),
    PrimaryKeyConstraint("chain", "seq", "n"),
    ForeignKeyConstraint(["chain", "seq"], ["entry.chain", "entry.seq"]),
    **KEYED,
)

# An open task: the inbox's row, with all that the list shows; deleted when the task closes.
task: Final = Table(
    "task",
    metadata,
    _case(),
    Column("address", Key, nullable=False),
    Column("procedure", Key, nullable=False),
    Column("definition", Hash, ForeignKey("definition.hash"), nullable=False),
    Column("element", Key, nullable=False),
    Column("office", Key, nullable=False),
    Column("role", Key, nullable=False),
    Column("form", Key),
    Column("officers", Integer, nullable=False),
    _person("assignee", nullable=True),
    Column("claimed_at", Instant),
    Column("opened_at", Instant, nullable=False),
    Column("due_on", OpenDay, nullable=False),
    Column("limit_id", Key),
    Column("paused", Boolean, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("case_number", Key),
    Column("title", Text, nullable=False),
    Column("worker_name", Text),
    Column("latest_note", Text),
    PrimaryKeyConstraint("case", "address"),
    Index("ix_task_inbox", "office", "role", "due_on", "case", "address", "assignee", "procedure"),
    Index(
        "ix_task_assignee",
        "assignee",
        "due_on",
        "case",
        "address",
        sqlite_where=text("assignee IS NOT NULL"),
        postgresql_where=text("assignee IS NOT NULL"),
    ),
    **KEYED,
)

# A statutory limit running, or having run, on a case; ``record`` is its whole value as the engine last gave it.
deadline: Final = Table(
    "deadline",
    metadata,
    _case(),
    Column("deadline", Key, nullable=False),
    Column("limit_id", Key, nullable=False),
    Column("state", Key, nullable=False),
    Column("due_on", OpenDay, nullable=False),
    Column("unrolled_on", OpenDay, nullable=False),
    Column("record", Bytes, nullable=False),
    PrimaryKeyConstraint("case", "deadline"),
    **KEYED,
)

# An instant a case is to be told of; ``handed_at`` once a job carries it. The row goes when the case was told.
timer: Final = Table(
    "timer",
    metadata,
    _case(),
    Column("address", Key, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("handed_at", Instant),
    PrimaryKeyConstraint("case", "address"),
    Index(None, "due_at"),
    **KEYED,
)

# Something outside the engine that a case wants done, waits for, or got.
act: Final = Table(
    "act",
    metadata,
    _case(),
    Column("address", Key, nullable=False),
    Column("act", Key, nullable=False),
    Column("given", Bytes, nullable=False),
    Column("wanted_at", Instant, nullable=False),
    Column("state", Key, nullable=False),
    Column("finished_at", Instant),
    PrimaryKeyConstraint("case", "address"),
    Index(
        "ix_act_wanted_at",
        "wanted_at",
        sqlite_where=text("state = 'wanted'"),
        postgresql_where=text("state = 'wanted'"),
    ),
    **KEYED,
)

# An element of a case that waits for a message.
message_wait: Final = Table(
    "message_wait",
    metadata,
    _case(),
    Column("address", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("key", Key),
    PrimaryKeyConstraint("case", "address"),
    **KEYED,
)

# A message on its way to a case, kept until the case waits for it; its id makes delivery happen once.
message: Final = Table(
    "message",
    metadata,
    Column("id", Key, nullable=False),
    Column("to_case", Key, ForeignKey("case.id"), nullable=False),
    Column("name", Key, nullable=False),
    Column("key", Key),
    Column("payload", Bytes, nullable=False),
    Column("from_case", Key),
    Column("sent_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    PrimaryKeyConstraint("id"),
    Index(
        "ix_message_to_case_id",
        "to_case",
        "id",
        sqlite_where=text("delivered_at IS NULL"),
        postgresql_where=text("delivered_at IS NULL"),
    ),
)

# A technical failure that stopped a case, with the input that was not recorded; no projection, the only copy.
incident: Final = Table(
    "incident",
    metadata,
    Column("id", Key, nullable=False),
    Column("case", Key, ForeignKey("case.id")),
    Column("address", Key),
    Column("reason", Key, nullable=False),
    Column("detail", Text, nullable=False),
    Column("input", Bytes, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", Key),
    Column("how", Key),
    PrimaryKeyConstraint("id"),
    Index(
        "ix_incident_open",
        "created_at",
        "id",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index(None, "case"),
)

# A half-filled form, kept for its person even when somebody else completes the task; no projection.
draft: Final = Table(
    "draft",
    metadata,
    _case(),
    Column("address", Key, nullable=False),
    _person("person"),
    Column("body", Bytes, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("case", "address", "person"),
)

# What each of two officers confirmed last, until both confirm the same bytes; no projection.
confirmation: Final = Table(
    "confirmation",
    metadata,
    _case(),
    Column("address", Key, nullable=False),
    _person("person"),
    Column("digest", Hash, nullable=False),
    Column("body", Bytes, nullable=False),
    Column("at", Instant, nullable=False),
    Column("seq", Integer, nullable=False),
    PrimaryKeyConstraint("case", "address", "person"),
)

# A kept file's size and type; its bytes lie in the folder of files under the same name.
file: Final = Table(
    "file",
    metadata,
    Column("sha256", Hash, nullable=False),
    Column("size", Integer, nullable=False),
    Column("media_type", Key, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("sha256"),
)

# A material: a file somebody handed in to a case.
material: Final = Table(
    "material",
    metadata,
    _case(),
    Column("id", Key, nullable=False),
    Column("sha256", Hash, ForeignKey("file.sha256"), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Key, nullable=False),
    Column("received_on", Day),
    Column("address", Key),
    Column("at", Instant, nullable=False),
    Column("by", Key, nullable=False),
    PrimaryKeyConstraint("case", "id"),
    Index(None, "sha256"),
)

# A document: an official paper we made, by the act that issued it; sealed before it may be served.
document: Final = Table(
    "document",
    metadata,
    _case(),
    Column("address", Key, nullable=False),
    Column("template", Key, nullable=False),
    Column("title", Text, nullable=False),
    Column("sha256", Hash, ForeignKey("file.sha256"), nullable=False),
    Column("number", Key),
    Column("issued_at", Instant, nullable=False),
    Column("seal", Key),
    Column("sealed_by", Key),
    Column("sealed_at", Instant),
    PrimaryKeyConstraint("case", "address"),
    Index(None, "sha256"),
)

# The last number given in a series and year; its row's lock makes numbers follow each other without a gap.
number_series: Final = Table(
    "number_series",
    metadata,
    Column("series", Key, nullable=False),
    Column("year", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    PrimaryKeyConstraint("series", "year"),
    **KEYED,
)

# An official number: reserved by an act, then issued with its paper or void with a reason; never deleted.
number: Final = Table(
    "number",
    metadata,
    Column("series", Key, nullable=False),
    Column("year", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    _case(),
    Column("address", Key, nullable=False),
    Column("state", Key, nullable=False),
    Column("text", Key),
    Column("reason", Text),
    Column("reserved_at", Instant, nullable=False),
    Column("settled_at", Instant),
    PrimaryKeyConstraint("series", "year", "n"),
    UniqueConstraint("case", "address"),
)

# An official number under which a case is known; a case may have several, from several offices.
alias: Final = Table(
    "alias",
    metadata,
    Column("alias", Key, nullable=False),
    _case(),
    Column("office", Key, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("alias"),
    Index(None, "case"),
)

# What a case is found by: a text whole (or the keyed hash of an identity number), and its two-character grams.
term: Final = Table(
    "term",
    metadata,
    Column("kind", Key, nullable=False),
    Column("term", Key, nullable=False),
    _case(),
    Column("field", Key, nullable=False),
    PrimaryKeyConstraint("kind", "term", "case", "field"),
    Index(None, "case", "field", "kind"),
    **KEYED,
)

# A person who signs in: projection of the register ``persons``, except the password's hash, which stands only here.
person: Final = Table(
    "person",
    metadata,
    Column("id", Key, nullable=False),
    Column("name", Text, nullable=False),
    Column("sign_in", Key, nullable=False),
    Column("password_hash", Text),
    Column("active", Boolean, nullable=False),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("sign_in"),
)

# How often signing in failed lately; what it counts against stands as a keyed hash; kept for minutes; no projection.
sign_in_failure: Final = Table(
    "sign_in_failure",
    metadata,
    Column("id", Hash, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    PrimaryKeyConstraint("id"),
    Index(None, "first_at"),
)

# That somebody is signed in: the hash of what their cookie holds; until they sign out, at most a day; no projection.
session: Final = Table(
    "session",
    metadata,
    Column("id", Hash, nullable=False),
    _person("person"),
    Column("opened_at", Instant, nullable=False),
    PrimaryKeyConstraint("id"),
    Index(None, "opened_at"),
)

# A role a person holds in an office, from one day to another, both included.
person_role: Final = Table(
    "person_role",
    metadata,
    _person("person"),
    Column("office", Key, nullable=False),
    Column("role", Key, nullable=False),
    Column("from_on", Day, nullable=False),
    Column("to_on", OpenDay, nullable=False),
    PrimaryKeyConstraint("person", "office", "role", "from_on"),
    Index(None, "office", "role"),
)

# That one person acts for an absent one, in one role of one office or, where null, in all of them.
substitution: Final = Table(
    "substitution",
    metadata,
    Column("id", Key, nullable=False),
    _person("absent"),
    _person("substitute"),
    Column("office", Key),
    Column("role", Key),
    Column("from_on", Day, nullable=False),
    Column("to_on", OpenDay, nullable=False),
    PrimaryKeyConstraint("id"),
    Index(None, "substitute"),
)

# That a person may not do an element of a case (``*``: nothing in it): separation of duties, or recusal.
barred: Final = Table(
    "barred",
    metadata,
    _case(),
    _person("person"),
    Column("element", Key, nullable=False),
    Column("ground", Key, nullable=False),
    PrimaryKeyConstraint("case", "person", "element"),
    **KEYED,
)

# That an office or a person may read a case that is not its own, on a ground and within a range.
reading_right: Final = Table(
    "reading_right",
    metadata,
    Column("id", Key, nullable=False),
    _case(),
    Column("office", Key),
    _person("person", nullable=True),
    Column("ground", Key, nullable=False),
    Column("range", Key, nullable=False),
    Column("from_on", Day, nullable=False),
    Column("to_on", OpenDay, nullable=False),
    PrimaryKeyConstraint("id"),
    Index(None, "case"),
)

# A request that a person be recused from a case, and what was decided.
recusal: Final = Table(
    "recusal",
    metadata,
    Column("id", Key, nullable=False),
    _case(),
    _person("person"),
    Column("asked_by", Key, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("ground", Text, nullable=False),
    Column("state", Key, nullable=False),
    Column("decided_by", Key),
    Column("decided_at", Instant),
    PrimaryKeyConstraint("id"),
    Index(None, "case"),
)

# That a person read a case in an hour, how often and why; no projection.
read_log: Final = Table(
    "read_log",
    metadata,
    _person("person"),
    _case(),
    Column("hour", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    Column("why", Key, nullable=False),
    PrimaryKeyConstraint("person", "case", "hour"),
    **KEYED,
)

# A file of a case that a person opened in an hour; no projection.
read_file: Final = Table(
    "read_file",
    metadata,
    _person("person"),
    _case(),
    Column("hour", Instant, nullable=False),
    Column("sha256", Hash, nullable=False),
    PrimaryKeyConstraint("person", "case", "hour", "sha256"),
    **KEYED,
)

# A search by a person's name or identity number; the words searched stand as a keyed hash; no projection.
search_log: Final = Table(
    "search_log",
    metadata,
    Column("id", Key, nullable=False),
    _person("person"),
    Column("at", Instant, nullable=False),
    Column("words", Key, nullable=False),
    Column("found", Integer, nullable=False),
    PrimaryKeyConstraint("id"),
)

# A row of an import that became a case, so that running the import again takes nothing twice; no projection.
import_row: Final = Table(
    "import_row",
    metadata,
    Column("source", Key, nullable=False),
    Column("key", Key, nullable=False),
    _case(),
    PrimaryKeyConstraint("source", "key"),
    **KEYED,
)

# When a worker last said that it lives; no projection.
heartbeat: Final = Table(
    "heartbeat",
    metadata,
    Column("executor", Key, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("executor"),
    **KEYED,
)
