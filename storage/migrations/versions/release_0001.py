"""Every table of the first release.

Revision 0001, after nothing.
"""

import sqlalchemy as sa
from alembic import op

from storage import bodies, columns

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, parents first."""
    _make_published()
    _make_people()
    _make_histories()
    _make_desk()
    _make_waiting()
    _make_outside()
    _make_papers()
    _make_numbers()
    _make_search()
    _make_rights()
    _make_logs()
    _guard_histories()


def _make_published() -> None:
    # what is published: definitions and bases
    op.create_table(
        "definition",
        sa.Column("hash", columns.Hash, nullable=False),
        sa.Column("procedure", columns.Key, nullable=False),
        sa.Column("data", bodies.Body, nullable=False),
        sa.Column("at", columns.Instant, nullable=False),
        sa.Column("provenance", columns.Key, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_definition")),
    )
    op.create_index(op.f("ix_definition_procedure_at"), "definition", ["procedure", "at"], unique=False)
    op.create_table(
        "publication",
        sa.Column("procedure", columns.Key, nullable=False),
        sa.Column("from_on", columns.Day, nullable=False),
        sa.Column("at", columns.Instant, nullable=False),
        sa.Column("hash", columns.Hash, nullable=False),
        sa.Column("by", columns.Key, nullable=False),
        sa.Column("confirmed_by", columns.Key, nullable=True),
        sa.Column("provenance", columns.Key, nullable=False),
        sa.ForeignKeyConstraint(["hash"], ["definition.hash"], name=op.f("fk_publication_hash")),
        sa.PrimaryKeyConstraint("procedure", "from_on", "at", name=op.f("pk_publication")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "basis",
        sa.Column("hash", columns.Hash, nullable=False),
        sa.Column("data", bodies.Body, nullable=False),
        sa.Column("at", columns.Instant, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_basis")),
    )
    op.create_index(op.f("ix_basis_at"), "basis", ["at"], unique=False)


def _make_people() -> None:
    # persons, their roles and substitutes
    op.create_table(
        "person",
        sa.Column("id", columns.Key, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sign_in", columns.Key, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("sign_in", name=op.f("uq_person_sign_in")),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("id", columns.Hash, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("first_at", columns.Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
    )
    op.create_index(op.f("ix_sign_in_failure_first_at"), "sign_in_failure", ["first_at"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", columns.Hash, nullable=False),
        sa.Column("person", columns.Key, nullable=False),
        sa.Column("opened_at", columns.Instant, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_session_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_opened_at"), "session", ["opened_at"], unique=False)
    op.create_table(
        "person_role",
        sa.Column("person", columns.Key, nullable=False),
        sa.Column("office", columns.Key, nullable=False),
        sa.Column("role", columns.Key, nullable=False),
        sa.Column("from_on", columns.Day, nullable=False),
        sa.Column("to_on", columns.OpenDay, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_person_role_person")),
        sa.PrimaryKeyConstraint("person", "office", "role", "from_on", name=op.f("pk_person_role")),
    )
    op.create_index(op.f("ix_person_role_office_role"), "person_role", ["office", "role"], unique=False)
    op.create_table(
        "substitution",
        sa.Column("id", columns.Key, nullable=False),
        sa.Column("absent", columns.Key, nullable=False),
        sa.Column("substitute", columns.Key, nullable=False),
        sa.Column("office", columns.Key, nullable=True),
        sa.Column("role", columns.Key, nullable=True),
        sa.Column("from_on", columns.Day, nullable=False),
        sa.Column("to_on", columns.OpenDay, nullable=False),
        sa.ForeignKeyConstraint(["absent"], ["person.id"], name=op.f("fk_substitution_absent")),
        sa.ForeignKeyConstraint(["substitute"], ["person.id"], name=op.f("fk_substitution_substitute")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution")),
    )
    op.create_index(op.f("ix_substitution_substitute"), "substitution", ["substitute"], unique=False)


def _make_histories() -> None:
    # cases and registers with their histories
    op.create_table(
        "case",
        sa.Column("id", columns.Key, nullable=False),
        sa.Column("procedure", columns.Key, nullable=False),
        sa.Column("definition", columns.Hash, nullable=False),
        sa.Column("basis", columns.Hash, nullable=False),
        sa.Column("office", columns.Key, nullable=False),
        sa.Column("dossier", columns.Key, nullable=True),
        sa.Column("number", columns.Key, nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", columns.Key, nullable=False),
        sa.Column("outcome", columns.Key, nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", columns.Hash, nullable=False),
        sa.Column("at", columns.Instant, nullable=False),
        sa.Column("opened_at", columns.Instant, nullable=False),
        sa.Column("ended_at", columns.Instant, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("snapshot_engine", columns.Key, nullable=True),
        sa.Column("snapshot", columns.Bytes, nullable=True),
        sa.ForeignKeyConstraint(["basis"], ["basis.hash"], name=op.f("fk_case_basis")),
        sa.ForeignKeyConstraint(["definition"], ["definition.hash"], name=op.f("fk_case_definition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
    )
    op.create_index(
        "ix_case_dossier",
        "case",
        ["dossier"],
        unique=False,
        sqlite_where=sa.text("dossier IS NOT NULL"),
        postgresql_where=sa.text("dossier IS NOT NULL"),
    )
    op.create_index("ix_case_office_state_id", "case", ["office", "state", "id"], unique=False)
    op.create_table(
        "register",
        sa.Column("name", columns.Key, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", columns.Hash, nullable=False),
        sa.Column("at", columns.Instant, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_register")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entry",
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("at", columns.Instant, nullable=False),
        sa.Column("actor", columns.Key, nullable=False),
        sa.Column("on_behalf_of", columns.Key, nullable=True),
        sa.Column("kind", columns.Key, nullable=False),
        sa.Column("key", columns.Key, nullable=False),
        sa.Column("address", columns.Key, nullable=True),
        sa.Column("definition", columns.Hash, nullable=True),
        sa.Column("basis", columns.Hash, nullable=True),
        sa.Column("body", bodies.Body, nullable=False),
        sa.Column("body_root", columns.Hash, nullable=False),
        sa.Column("prev_hash", columns.Hash, nullable=False),
        sa.Column("hash", columns.Hash, nullable=False),
        sa.ForeignKeyConstraint(["basis"], ["basis.hash"], name=op.f("fk_entry_basis")),
        sa.ForeignKeyConstraint(["definition"], ["definition.hash"], name=op.f("fk_entry_definition")),
        sa.PrimaryKeyConstraint("case", "seq", name=op.f("pk_entry")),
        sa.UniqueConstraint("case", "key", name=op.f("uq_entry_case_key")),
    )
    op.create_table(
        "leaf",
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("salt", columns.Bytes, nullable=False),
        sa.Column("body", bodies.Body, nullable=False),
        sa.ForeignKeyConstraint(["case", "seq"], ["entry.case", "entry.seq"], name=op.f("fk_leaf_case_seq")),
        sa.PrimaryKeyConstraint("case", "seq", "n", name=op.f("pk_leaf")),
        sqlite_with_rowid=False,
    )


def _make_desk() -> None:
    # the inbox and what is kept beside it
    op.create_table(
        "task",
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("address", columns.Key, nullable=False),
        sa.Column("procedure", columns.Key, nullable=False),
        sa.Column("definition", columns.Hash, nullable=False),
        sa.Column("element", columns.Key, nullable=False),
        sa.Column("office", columns.Key, nullable=False),
        sa.Column("role", columns.Key, nullable=False),
        sa.Column("form", columns.Key, nullable=True),
        sa.Column("officers", sa.Integer(), nullable=False),
        sa.Column("assignee", columns.Key, nullable=True),
        sa.Column("claimed_at", columns.Instant, nullable=True),
        sa.Column("opened_at", columns.Instant, nullable=False),
        sa.Column("due_on", columns.OpenDay, nullable=False),
        sa.Column("limit_id", columns.Key, nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("case_number", columns.Key, nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("worker_name", sa.Text(), nullable=True),
        sa.Column("latest_note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["assignee"], ["person.id"], name=op.f("fk_task_assignee")),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_task_case")),
        sa.ForeignKeyConstraint(["definition"], ["definition.hash"], name=op.f("fk_task_definition")),
        sa.PrimaryKeyConstraint("case", "address", name=op.f("pk_task")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_task_assignee",
        "task",
        ["assignee", "due_on", "case", "address"],
        unique=False,
        sqlite_where=sa.text("assignee IS NOT NULL"),
        postgresql_where=sa.text("assignee IS NOT NULL"),
    )
    op.create_index(
        "ix_task_inbox", "task", ["office", "role", "due_on", "case", "address", "assignee", "procedure"], unique=False
    )
    op.create_table(
        "draft",
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("address", columns.Key, nullable=False),
        sa.Column("person", columns.Key, nullable=False),
        sa.Column("body", columns.Bytes, nullable=False),
        sa.Column("at", columns.Instant, nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_draft_case")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_draft_person")),
        sa.PrimaryKeyConstraint("case", "address", "person", name=op.f("pk_draft")),
    )
    op.create_table(
        "confirmation",
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("address", columns.Key, nullable=False),
        sa.Column("person", columns.Key, nullable=False),
        sa.Column("digest", columns.Hash, nullable=False),
        sa.Column("body", columns.Bytes, nullable=False),
        sa.Column("at", columns.Instant, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_confirmation_case")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_confirmation_person")),
        sa.PrimaryKeyConstraint("case", "address", "person", name=op.f("pk_confirmation")),
    )


def _make_waiting() -> None:
    # deadlines and timers
    op.create_table(
        "deadline",
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("deadline", columns.Key, nullable=False),
        sa.Column("limit_id", columns.Key, nullable=False),
        sa.Column("state", columns.Key, nullable=False),
        sa.Column("due_on", columns.OpenDay, nullable=False),
        sa.Column("unrolled_on", columns.OpenDay, nullable=False),
        sa.Column("record", columns.Bytes, nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_deadline_case")),
        sa.PrimaryKeyConstraint("case", "deadline", name=op.f("pk_deadline")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "timer",
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("address", columns.Key, nullable=False),
        sa.Column("due_at", columns.Instant, nullable=False),
        sa.Column("handed_at", columns.Instant, nullable=True),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_timer_case")),
        sa.PrimaryKeyConstraint("case", "address", name=op.f("pk_timer")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_timer_due_at"), "timer", ["due_at"], unique=False)


def _make_outside() -> None:
    # what cases want of the world and hear from it
    op.create_table(
        "act",
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("address", columns.Key, nullable=False),
        sa.Column("act", columns.Key, nullable=False),
        sa.Column("given", columns.Bytes, nullable=False),
        sa.Column("wanted_at", columns.Instant, nullable=False),
        sa.Column("state", columns.Key, nullable=False),
        sa.Column("finished_at", columns.Instant, nullable=True),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_act_case")),
        sa.PrimaryKeyConstraint("case", "address", name=op.f("pk_act")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_act_wanted_at",
        "act",
        ["wanted_at"],
        unique=False,
        sqlite_where=sa.text("state = 'wanted'"),
        postgresql_where=sa.text("state = 'wanted'"),
    )
    op.create_table(
        "message_wait",
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("address", columns.Key, nullable=False),
        sa.Column("name", columns.Key, nullable=False),
        sa.Column("key", columns.Key, nullable=True),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_message_wait_case")),
        sa.PrimaryKeyConstraint("case", "address", name=op.f("pk_message_wait")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "message",
        sa.Column("id", columns.Key, nullable=False),
        sa.Column("to_case", columns.Key, nullable=False),
        sa.Column("name", columns.Key, nullable=False),
        sa.Column("key", columns.Key, nullable=True),
        sa.Column("payload", columns.Bytes, nullable=False),
        sa.Column("from_case", columns.Key, nullable=True),
        sa.Column("sent_at", columns.Instant, nullable=False),
        sa.Column("delivered_at", columns.Instant, nullable=True),
        sa.ForeignKeyConstraint(["to_case"], ["case.id"], name=op.f("fk_message_to_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(
        "ix_message_to_case_id",
        "message",
        ["to_case", "id"],
        unique=False,
        sqlite_where=sa.text("delivered_at IS NULL"),
        postgresql_where=sa.text("delivered_at IS NULL"),
    )
    op.create_table(
        "incident",
        sa.Column("id", columns.Key, nullable=False),
        sa.Column("case", columns.Key, nullable=True),
        sa.Column("address", columns.Key, nullable=True),
        sa.Column("reason", columns.Key, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("input", columns.Bytes, nullable=False),
        sa.Column("created_at", columns.Instant, nullable=False),
        sa.Column("closed_at", columns.Instant, nullable=True),
        sa.Column("closed_by", columns.Key, nullable=True),
        sa.Column("how", columns.Key, nullable=True),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_incident_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index(op.f("ix_incident_case"), "incident", ["case"], unique=False)
    op.create_index(
        "ix_incident_open",
        "incident",
        ["created_at", "id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _make_papers() -> None:
    # files, materials, documents
    op.create_table(
        "file",
        sa.Column("sha256", columns.Hash, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", columns.Key, nullable=False),
        sa.Column("at", columns.Instant, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_file")),
    )
    op.create_table(
        "material",
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("id", columns.Key, nullable=False),
        sa.Column("sha256", columns.Hash, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", columns.Key, nullable=False),
        sa.Column("received_on", columns.Day, nullable=True),
        sa.Column("address", columns.Key, nullable=True),
        sa.Column("at", columns.Instant, nullable=False),
        sa.Column("by", columns.Key, nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_material_case")),
        sa.ForeignKeyConstraint(["sha256"], ["file.sha256"], name=op.f("fk_material_sha256")),
        sa.PrimaryKeyConstraint("case", "id", name=op.f("pk_material")),
    )
    op.create_index(op.f("ix_material_sha256"), "material", ["sha256"], unique=False)
    op.create_table(
        "document",
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("address", columns.Key, nullable=False),
        sa.Column("template", columns.Key, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sha256", columns.Hash, nullable=False),
        sa.Column("number", columns.Key, nullable=True),
        sa.Column("issued_at", columns.Instant, nullable=False),
        sa.Column("seal", columns.Key, nullable=True),
        sa.Column("sealed_by", columns.Key, nullable=True),
        sa.Column("sealed_at", columns.Instant, nullable=True),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_document_case")),
        sa.ForeignKeyConstraint(["sha256"], ["file.sha256"], name=op.f("fk_document_sha256")),
        sa.PrimaryKeyConstraint("case", "address", name=op.f("pk_document")),
    )
    op.create_index(op.f("ix_document_sha256"), "document", ["sha256"], unique=False)


def _make_numbers() -> None:
    # official numbers
    op.create_table(
        "number_series",
        sa.Column("series", columns.Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_number_series")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "number",
        sa.Column("series", columns.Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("address", columns.Key, nullable=False),
        sa.Column("state", columns.Key, nullable=False),
        sa.Column("text", columns.Key, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reserved_at", columns.Instant, nullable=False),
        sa.Column("settled_at", columns.Instant, nullable=True),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_number_case")),
        sa.PrimaryKeyConstraint("series", "year", "n", name=op.f("pk_number")),
        sa.UniqueConstraint("case", "address", name=op.f("uq_number_case_address")),
    )
    op.create_table(
        "alias",
        sa.Column("alias", columns.Key, nullable=False),
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("office", columns.Key, nullable=False),
        sa.Column("at", columns.Instant, nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_alias_case")),
        sa.PrimaryKeyConstraint("alias", name=op.f("pk_alias")),
    )
    op.create_index(op.f("ix_alias_case"), "alias", ["case"], unique=False)


def _make_search() -> None:
    # search
    op.create_table(
        "term",
        sa.Column("kind", columns.Key, nullable=False),
        sa.Column("term", columns.Key, nullable=False),
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("field", columns.Key, nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_term_case")),
        sa.PrimaryKeyConstraint("kind", "term", "case", "field", name=op.f("pk_term")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_term_case_field_kind"), "term", ["case", "field", "kind"], unique=False)


def _make_rights() -> None:
    # who may not act and who may read
    op.create_table(
        "barred",
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("person", columns.Key, nullable=False),
        sa.Column("element", columns.Key, nullable=False),
        sa.Column("ground", columns.Key, nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_barred_case")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_barred_person")),
        sa.PrimaryKeyConstraint("case", "person", "element", name=op.f("pk_barred")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reading_right",
        sa.Column("id", columns.Key, nullable=False),
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("office", columns.Key, nullable=True),
        sa.Column("person", columns.Key, nullable=True),
        sa.Column("ground", columns.Key, nullable=False),
        sa.Column("range", columns.Key, nullable=False),
        sa.Column("from_on", columns.Day, nullable=False),
        sa.Column("to_on", columns.OpenDay, nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_reading_right_case")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_reading_right_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_right")),
    )
    op.create_index(op.f("ix_reading_right_case"), "reading_right", ["case"], unique=False)
    op.create_table(
        "recusal",
        sa.Column("id", columns.Key, nullable=False),
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("person", columns.Key, nullable=False),
        sa.Column("asked_by", columns.Key, nullable=False),
        sa.Column("asked_at", columns.Instant, nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("state", columns.Key, nullable=False),
        sa.Column("decided_by", columns.Key, nullable=True),
        sa.Column("decided_at", columns.Instant, nullable=True),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_recusal_case")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_recusal_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recusal")),
    )
    op.create_index(op.f("ix_recusal_case"), "recusal", ["case"], unique=False)


def _make_logs() -> None:
    # what was read, what came in, who works
    op.create_table(
        "read_log",
        sa.Column("person", columns.Key, nullable=False),
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("hour", columns.Instant, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("why", columns.Key, nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_read_log_case")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_read_log_person")),
        sa.PrimaryKeyConstraint("person", "case", "hour", name=op.f("pk_read_log")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "read_file",
        sa.Column("person", columns.Key, nullable=False),
        sa.Column("case", columns.Key, nullable=False),
        sa.Column("hour", columns.Instant, nullable=False),
        sa.Column("sha256", columns.Hash, nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_read_file_case")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_read_file_person")),
        sa.PrimaryKeyConstraint("person", "case", "hour", "sha256", name=op.f("pk_read_file")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_log",
        sa.Column("id", columns.Key, nullable=False),
        sa.Column("person", columns.Key, nullable=False),
        sa.Column("at", columns.Instant, nullable=False),
        sa.Column("words", columns.Key, nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_search_log_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_log")),
    )
    op.create_table(
        "import_row",
        sa.Column("source", columns.Key, nullable=False),
        sa.Column("key", columns.Key, nullable=False),
        sa.Column("case", columns.Key, nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_import_row_case")),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_import_row")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "heartbeat",
        sa.Column("executor", columns.Key, nullable=False),
        sa.Column("at", columns.Instant, nullable=False),
        sa.PrimaryKeyConstraint("executor", name=op.f("pk_heartbeat")),
        sqlite_with_rowid=False,
    )


def _guard_histories() -> None:
    # SQLite has no roles, so there the rule that no entry changes or goes is a trigger.
    if op.get_bind().dialect.name != "sqlite":
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER entry_refuses_{verb.lower()} BEFORE {verb} ON entry "
            "BEGIN SELECT RAISE(ABORT, 'an entry is for ever'); END"
        )
