"""Persons, what they may do, for whom, and what they may not.

Days are legal dates and both ends are included; no last day means until further notice. Persons, roles and
substitutions are projections of the register ``persons``: ``casework`` writes its entry in the same transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, delete, exists, literal, or_, select, union_all

from storage.columns import Day, Key
from storage.database import Tx
from storage.rows import Upsert, many, one, parameters, run, run_all
from storage.tables import barred, person, person_role, reading_right, recusal, substitution


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody who may sign in.

    Attributes:
        id: UUIDv7, or a stable word for a demonstration person.
        name: as shown.
        sign_in: what they type to sign in; unique.
        password_hash: argon2, or null when they cannot sign in by password.
        active: whether they may sign in.
    """

    id: str
    name: str
    sign_in: str
    password_hash: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role a person holds in an office.

    Attributes:
        person: who.
        office: where.
        role: what.
        from_on: first day.
        to_on: last day, or null.
    """

    person: str
    office: str
    role: str
    from_on: str
    to_on: str | None = None


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role somebody may act in on a day.

    Attributes:
        office: where.
        role: what.
        on_behalf_of: the absent person whose role it is, or null when it is their own.
    """

    office: str
    role: str
    on_behalf_of: str | None


@dataclass(frozen=True, slots=True)
class SubstitutionRow:
    """That one person acts for an absent one.

    Attributes:
        id: of this arrangement.
        absent: whose roles.
        substitute: who acts in them.
        office: only in this office, or null for every one.
        role: only in this role, or null for every one.
        from_on: first day.
        to_on: last day, or null.
    """

    id: str
    absent: str
    substitute: str
    office: str | None
    role: str | None
    from_on: str
    to_on: str | None = None


@dataclass(frozen=True, slots=True)
class BarredRow:
    """That a person may not do an element of a case.

    Attributes:
        case: id of the case.
        person: who.
        element: id in the diagram, or ``*`` for everything in the case.
        ground: ``separate_from:draft_decision``, ``recusal``.
    """

    case: str
    person: str
    element: str
    ground: str


@dataclass(frozen=True, slots=True)
class RightRow:
    """That an office or a person may read a case that is not its own.

    Attributes:
        id: of the right.
        case: id of the case.
        office: every person of it, or null.
        person: this one, or null.
        ground: ``transferred``, ``joint_review``.
        range: ``all``, or what of it.
        from_on: first day.
        to_on: last day, or null.
    """

    id: str
    case: str
    office: str | None
    person: str | None
    ground: str
    range: str
    from_on: str
    to_on: str | None = None


@dataclass(frozen=True, slots=True)
class RecusalRow:
    """A request that a person be recused from a case.

    Attributes:
        id: of the request.
        case: id of the case.
        person: who should be recused.
        asked_by: id of a person, or a party in words.
        asked_at: when.
        ground: in words.
        state: ``asked``, ``granted``, ``refused``.
        decided_by: who decided, or null.
        decided_at: when, or null.
    """

    id: str
    case: str
    person: str
    asked_by: str
    asked_at: str
    ground: str
    state: str = "asked"
    decided_by: str | None = None
    decided_at: str | None = None


def _on(table: Any) -> tuple[ColumnElement[bool], ...]:
    on = bindparam("on", type_=Day())
    return table.c.from_on <= on, table.c.to_on >= on


_PERSON: Final = [person.c[name] for name in PersonRow.__slots__]
_ROLE: Final = [person_role.c[name] for name in RoleRow.__slots__]
_SUBSTITUTION: Final = [substitution.c[name] for name in SubstitutionRow.__slots__]
_BARRED: Final = [barred.c[name] for name in BarredRow.__slots__]
_RIGHT: Final = [reading_right.c[name] for name in RightRow.__slots__]
_RECUSAL: Final = [recusal.c[name] for name in RecusalRow.__slots__]

_ADD_PERSON: Final = person.insert()
_PUT_PERSON: Final = Upsert(person)
_PUT_ROLE: Final = Upsert(person_role)
_PUT_SUBSTITUTION: Final = Upsert(substitution)
_PUT_BARRED: Final = Upsert(barred)
_PUT_RIGHT: Final = Upsert(reading_right)
_PUT_RECUSAL: Final = Upsert(recusal)

_GET_PERSON: Final = select(*_PERSON).where(person.c.id == bindparam("id"))
_BY_SIGN_IN: Final = select(*_PERSON).where(person.c.sign_in == bindparam("sign_in"))
_PERSONS: Final = select(*_PERSON).order_by(person.c.sign_in)
_NAMES: Final = select(person.c.id, person.c.name)
_ROLES: Final = select(*_ROLE).order_by(
    person_role.c.person, person_role.c.office, person_role.c.role, person_role.c.from_on
)
_ROLES_OF: Final = _ROLES.where(person_role.c.person == bindparam("person"))
_IS_ACTIVE: Final = exists().where(person.c.id == bindparam("person"), person.c.active)
_OWN: Final = select(person_role.c.office, person_role.c.role, literal(None, Key).label("on_behalf_of")).where(
    person_role.c.person == bindparam("person"), *_on(person_role), _IS_ACTIVE
)
_SUBSTITUTED: Final = (
    select(person_role.c.office, person_role.c.role, substitution.c.absent)
    .join(substitution, substitution.c.absent == person_role.c.person)
    .where(
        substitution.c.substitute == bindparam("person"),
        or_(substitution.c.office.is_(None), substitution.c.office == person_role.c.office),
        or_(substitution.c.role.is_(None), substitution.c.role == person_role.c.role),
        *_on(substitution),
        *_on(person_role),
        _IS_ACTIVE,
    )
)
_ROLES_ON: Final = union_all(_OWN, _SUBSTITUTED)
_HOLDERS: Final = (
    select(*_PERSON)
    .join(person_role, person_role.c.person == person.c.id)
    .where(
        person_role.c.office == bindparam("office"),
        person_role.c.role == bindparam("role"),
        person.c.active,
        *_on(person_role),
    )
    .order_by(person.c.sign_in)
    .distinct()
)
_SUBSTITUTIONS: Final = select(*_SUBSTITUTION).order_by(substitution.c.from_on, substitution.c.id)
_GET_SUBSTITUTION: Final = select(*_SUBSTITUTION).where(substitution.c.id == bindparam("id"))
_DROP_SUBSTITUTION: Final = delete(substitution).where(substitution.c.id == bindparam("id"))
_BARRED_IN: Final = (
    select(*_BARRED).where(barred.c.case == bindparam("case")).order_by(barred.c.person, barred.c.element)
)
_RIGHTS_ON: Final = (
    select(*_RIGHT)
    .where(
        reading_right.c.case == bindparam("case"),
        or_(
            reading_right.c.person == bindparam("person"),
            reading_right.c.office.in_(bindparam("offices", expanding=True)),
        ),
        *_on(reading_right),
    )
    .order_by(reading_right.c.id)
)
_RECUSALS_IN: Final = select(*_RECUSAL).where(recusal.c.case == bindparam("case")).order_by(recusal.c.asked_at)
_GET_RECUSAL: Final = select(*_RECUSAL).where(recusal.c.id == bindparam("id"))


def add_person(tx: Tx, row: PersonRow) -> None:
    """Add a person.

    Raises:
        TakenError: ``pk_person`` when somebody has the id, ``uq_person_sign_in`` when somebody signs in by that name.
    """
    run(tx, _ADD_PERSON, parameters(row))


def put_person(tx: Tx, row: PersonRow) -> None:
    """Add or change a person.

    Raises:
        TakenError: ``uq_person_sign_in`` when somebody else signs in under that name.
    """
    run(tx, _PUT_PERSON(tx), parameters(row))


def get(tx: Tx, id: str) -> PersonRow | None:  # noqa: A002 - its column
    """Read a person."""
    return one(tx, _GET_PERSON, PersonRow, id=id)


def by_sign_in(tx: Tx, sign_in: str) -> PersonRow | None:
    """Find who signs in under a name."""
    return one(tx, _BY_SIGN_IN, PersonRow, sign_in=sign_in)


def persons(tx: Tx) -> list[PersonRow]:
    """List everybody."""
    return many(tx, _PERSONS, PersonRow)


def names(tx: Tx) -> dict[str, str]:
    """Give everybody's name by id, for showing a history."""
    return {row.id: row.name for row in tx.connection.execute(_NAMES)}


def put_role(tx: Tx, row: RoleRow) -> None:
    """Give a role, or change its last day."""
    run(tx, _PUT_ROLE(tx), parameters(row))


def roles(tx: Tx, person: str | None = None) -> list[RoleRow]:
    """List the roles of one person, or of all, past and future ones too."""
    return many(tx, _ROLES, RoleRow) if person is None else many(tx, _ROLES_OF, RoleRow, person=person)


def roles_on(tx: Tx, person: str, on: str) -> list[HeldRole]:
    """List the roles an active person may act in on a day, their own and those they substitute in; one query."""
    return many(tx, _ROLES_ON, HeldRole, person=person, on=on)


def holders(tx: Tx, office: str, role: str, on: str) -> list[PersonRow]:
    """List the active persons who hold a role of their own on a day."""
    return many(tx, _HOLDERS, PersonRow, office=office, role=role, on=on)


def put_substitution(tx: Tx, row: SubstitutionRow) -> None:
    """Arrange a substitution, or change it."""
    run(tx, _PUT_SUBSTITUTION(tx), parameters(row))


def drop_substitution(tx: Tx, id: str) -> None:  # noqa: A002 - its column
    """Take a substitution away."""
    run(tx, _DROP_SUBSTITUTION, {"id": id})


def get_substitution(tx: Tx, id: str) -> SubstitutionRow | None:  # noqa: A002 - its column
    """Read one arrangement."""
    return one(tx, _GET_SUBSTITUTION, SubstitutionRow, id=id)


def substitutions(tx: Tx) -> list[SubstitutionRow]:
    """List all substitutions, past ones too."""
    return many(tx, _SUBSTITUTIONS, SubstitutionRow)


def bar(tx: Tx, rows: Iterable[BarredRow]) -> None:
    """Bar persons from elements of a case."""
    run_all(tx, _PUT_BARRED(tx), (parameters(row) for row in rows))


def barred_in(tx: Tx, case: str) -> list[BarredRow]:
    """List who is barred from what in a case."""
    return many(tx, _BARRED_IN, BarredRow, case=case)


def put_right(tx: Tx, row: RightRow) -> None:
    """Let an office or a person read a case, or change until when."""
    run(tx, _PUT_RIGHT(tx), parameters(row))


def rights_on(tx: Tx, case: str, person: str, offices: Iterable[str], on: str) -> list[RightRow]:
    """List the rights by which a person of some offices may read a case on a day."""
    return many(tx, _RIGHTS_ON, RightRow, case=case, person=person, offices=sorted(offices), on=on)


def put_recusal(tx: Tx, row: RecusalRow) -> None:
    """Record that a recusal was asked for, or decided."""
    run(tx, _PUT_RECUSAL(tx), parameters(row))


def get_recusal(tx: Tx, id: str) -> RecusalRow | None:  # noqa: A002 - its column
    """Read one request."""
    return one(tx, _GET_RECUSAL, RecusalRow, id=id)


def recusals_in(tx: Tx, case: str) -> list[RecusalRow]:
    """List a case's requests, the oldest first."""
    return many(tx, _RECUSALS_IN, RecusalRow, case=case)
