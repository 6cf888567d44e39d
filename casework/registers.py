"""The registers: persons, roles, absences, offices, parameters, publications; each change in a chain of its own.

A register's chain is kept like a case's, with its name in place of a case id, so that ``verify`` covers it. Who may
look and change is decided here: an administrator, or the system itself when the product is set up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import uuid_utils

import storage.entries
import storage.people
import storage.registers
import storage.sign_ins
from casework import desk, library, people, registry, sign_ins
from casework.context import SYSTEM, Context
from casework.errors import NotAllowedError, NotFoundError, RefusedError
from casework.kept import one_line
from engine.values import Value
from handlers.law.dates import parse_date, shanghai_date
from handlers.law.limits import Limit
from storage import Tx
from storage.errors import TakenError
from storage.people import PersonRow, RoleRow, SubstitutionRow

SHORTEST_PASSWORD: Final = 10


def _require_administrator(ctx: Context, tx: Tx, actor: str) -> None:
    """Let an administrator pass, and the system itself.

    Raises:
        NotAllowedError: anybody else.
    """
    if not actor.startswith(f"{SYSTEM}:") and not people.person_in(ctx, tx, actor).holds({people.ADMINISTRATOR}):
        raise NotAllowedError("not_administrator")


def add_person(ctx: Context, actor: str, person: str | None, name: str, sign_in: str, password: str) -> str:
    """Add a person who signs in by password; gives the id.

    Raises:
        NotAllowedError: the actor is no administrator.
        RefusedError: the id or the sign-in name is taken, the password too short, or a field is empty.
    """
    name, sign_in = one_line(name), one_line(sign_in)
    _require_filled(name, sign_in)
    row = PersonRow(person or str(uuid_utils.uuid7()), name, sign_in, _hashed(password), active=True)
    try:
        with ctx.database.writing() as tx:
            _require_administrator(ctx, tx, actor)
            storage.people.add_person(tx, row)
            payload = {"person.id": row.id, "person.name": row.name, "person.sign_in": row.sign_in}
            registry.record(ctx, tx, "persons", "person_added", actor, payload)
    except TakenError as error:
        code = "person_known" if error.constraint == "pk_person" else "sign_in_taken"
        raise RefusedError(code, sign_in=sign_in) from error
    return row.id


def _hashed(password: str) -> str:
    """Hash a password for keeping.

    Raises:
        RefusedError: it is too short.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise RefusedError("password_short", limit=SHORTEST_PASSWORD)
    return sign_ins.hash_password(password)


def set_password(ctx: Context, actor: str, person: str, password: str, reason: str) -> None:
    """Give a person a new password, where the old one is lost or known to others, and end their sessions.

    Raises:
        NotAllowedError: the actor is no administrator.
        RefusedError: no reason given, the password too short, or no such person.
    """
    said, password_hash = desk.reason_given(one_line(reason)), _hashed(password)
    with ctx.database.writing() as tx:
        _require_administrator(ctx, tx, actor)
        storage.people.put_person(tx, replace(_require_person(tx, person), password_hash=password_hash))
        storage.sign_ins.close_sessions(tx, person)
        payload = {"person.id": person, "person.password": "new", "register.reason": said}
        registry.record(ctx, tx, "persons", "person_changed", actor, payload)


def set_active(ctx: Context, actor: str, person: str, *, active: bool, reason: str) -> None:
    """Let a person sign in, or no longer.

    Raises:
        NotAllowedError: the actor is no administrator.
        RefusedError: no reason given, or no such person.
    """
    said = desk.reason_given(one_line(reason))
    with ctx.database.writing() as tx:
        _require_administrator(ctx, tx, actor)
        storage.people.put_person(tx, replace(_require_person(tx, person), active=active))
        payload = {"person.id": person, "person.active": active, "register.reason": said}
        registry.record(ctx, tx, "persons", "person_changed", actor, payload)


def give_role(  # noqa: PLR0913 - a role with its days
    ctx: Context, actor: str, person: str, *, office: str, role: str, from_on: str, to_on: str | None = None
) -> None:
    """Give a person a role in an office from a day on, or set its last day.

    Raises:
        NotAllowedError: the actor is no administrator.
        RefusedError: the days are no days or in the wrong order, or there is no such person, office or role.
    """
    _require_filled(office, role, from_on)
    _require_period(from_on, to_on)
    _require_role(role)
    with ctx.database.writing() as tx:
        _require_administrator(ctx, tx, actor)
        _require_person(tx, person)
        _require_office(ctx, tx, office)
        storage.people.put_role(tx, RoleRow(person, office, role, from_on, to_on))
        payload = {
            "person.id": person,
            "role.office": office,
            "role.role": role,
            "role.from_on": from_on,
            "role.to_on": to_on,
        }
        registry.record(ctx, tx, "persons", "role_given", actor, payload)


def _require_filled(*told: str) -> None:
    if not all(told):
        raise RefusedError("required")


def _require_period(from_on: str, to_on: str | None) -> None:
    """Ask for two days in their order, the second of which may be open."""
    if to_on is not None and _day(from_on) > _day(to_on):
        raise RefusedError("period", from_on=from_on, to_on=to_on)
    _day(from_on)


def _day(text: str) -> date:
    try:
        return parse_date(text)
    except ValueError as error:
        raise RefusedError("no_day", day=text) from error


def _require_person(tx: Tx, person: str) -> PersonRow:
    row = storage.people.get(tx, person)
    if row is None:
        raise RefusedError("person_unknown", person=person)
    return row


def _require_role(role: str) -> None:
    if role not in people.ROLES:
        raise RefusedError("role_unknown", role=role)


def _require_office(ctx: Context, tx: Tx, office: str) -> None:
    _name, basis = library.newest_basis(ctx, tx)
    if office not in basis.value["offices"]:
        raise RefusedError("office_unknown", office=office)


def _require_role_held(tx: Tx, told: RoleRow) -> None:
    """Refuse a substitution in a role that the absent person does not hold on any of its days."""
    held = (row for row in storage.people.roles(tx, told.person) if (row.office, row.role) == (told.office, told.role))
    if not any(_overlap(row, told) for row in held):
        raise RefusedError("absence_role")


def _overlap(one: RoleRow, other: RoleRow) -> bool:
    return all(a.to_on is None or b.from_on <= a.to_on for a, b in ((one, other), (other, one)))


def give_role_now(ctx: Context, actor: str, person: str, office: str, role: str) -> None:
    """Give a person a role from today on, without end."""
    give_role(ctx, actor, person, office=office, role=role, from_on=shanghai_date(ctx.now()).isoformat())


def arrange_substitution(  # noqa: PLR0913 - who for whom, where, and when
    ctx: Context,
    actor: str,
    *,
    absent: str,
    substitute: str,
    office: str,
    role: str,
    from_on: str,
    to_on: str | None = None,
) -> None:
    """Let one person act for an absent one between two days.

    Raises:
        RefusedError: the days are no days or in the wrong order, both are the same person, there is no such person,
            office or role, or the absent person does not hold it on any of the days.
        NotAllowedError: somebody other than the absent person or an administrator arranges it; or the absent person
            does beyond their office, without end, or for days that have passed.
    """
    _require_filled(office, role, from_on)
    _require_period(from_on, to_on)
    _require_role(role)
    if absent == substitute:
        raise RefusedError("own_substitute")
    with ctx.database.writing() as tx:
        if actor != absent:
            _require_administrator(ctx, tx, actor)
        elif not people.person_in(ctx, tx, actor).holds({people.ADMINISTRATOR}):
            _require_bounds(ctx, tx, substitute, office, from_on, to_on)
        for person in (absent, substitute):
            _require_person(tx, person)
        _require_office(ctx, tx, office)
        _require_role_held(tx, RoleRow(absent, office, role, from_on, to_on))
        row = SubstitutionRow(str(uuid_utils.uuid7()), absent, substitute, office, role, from_on, to_on)
        storage.people.put_substitution(tx, row)
        payload = {
            "absence.id": row.id,
            "absence.absent": absent,
            "absence.substitute": substitute,
            "absence.office": office,
            "absence.role": role,
            "absence.from_on": from_on,
            "absence.to_on": to_on,
        }
        registry.record(ctx, tx, "persons", "substitution_arranged", actor, payload)


def _require_bounds(ctx: Context, tx: Tx, substitute: str, office: str, from_on: str, to_on: str | None) -> None:
    """Hold who arranges their own absence to a colleague who works on cases too, and to days that come and end.

    Raises:
        NotAllowedError: it goes further; an administrator may.
    """
    today = shanghai_date(ctx.now()).isoformat()
    colleague = any(
        role.office == office and role.role in people.WORKING_ROLES for role in people.roles_today(ctx, tx, substitute)
    )
    if not colleague or to_on is None or from_on < today:
        raise NotAllowedError("absence_bounds")


def end_substitution(ctx: Context, actor: str, absence: str) -> None:
    """End a substitution at once: the absent person is back, and from now on nobody acts for them by it.

    Raises:
        NotFoundError: no such arrangement, or the actor is no active person.
        NotAllowedError: somebody other than the absent person or an administrator ends it.
        RefusedError: it is over.
    """
    today = shanghai_date(ctx.now())
    with ctx.database.writing() as tx:
        row = storage.people.get_substitution(tx, absence)
        if row is None:
            raise NotFoundError("absence_unknown", absence=absence)
        if actor != row.absent:
            _require_administrator(ctx, tx, actor)
        if _is_over(row, today.isoformat()):
            raise RefusedError("absence_over", to_on=row.to_on)
        _end(tx, row, (today - timedelta(days=1)).isoformat())
        payload = {"absence.id": row.id, "absence.absent": row.absent, "absence.ended_on": today.isoformat()}
        registry.record(ctx, tx, "persons", "substitution_ended", actor, payload)


def _is_over(row: SubstitutionRow, today: str) -> bool:
    return row.to_on is not None and row.to_on < today


def _end(tx: Tx, row: SubstitutionRow, last: str) -> None:
    """Give an arrangement its last day; one that had not begun by then has none."""
    if row.from_on > last:
        storage.people.drop_substitution(tx, row.id)
    else:
        storage.people.put_substitution(tx, replace(row, to_on=last))


# --- what the pages show -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PersonView:
    """A person with every role they held, hold or will hold: office, role, first and last day."""

    id: str
    name: str
    sign_in: str
    active: bool
    roles: list[tuple[str, str, str, str | None]]


def persons(ctx: Context, actor: str) -> list[PersonView]:
    """List everybody, for an administrator.

    Raises:
        NotAllowedError: the actor is none.
    """
    with ctx.database.reading() as tx:
        _require_administrator(ctx, tx, actor)
        roles = storage.people.roles(tx)
        return [
            PersonView(
                row.id,
                row.name,
                row.sign_in,
                row.active,
                [(each.office, each.role, each.from_on, each.to_on) for each in roles if each.person == row.id],
            )
            for row in storage.people.persons(tx)
        ]


@dataclass(frozen=True)
class AbsenceView:
    """A substitution with the names of both.

    Attributes:
        id: of the arrangement.
        absent_name: whose roles.
        substitute_name: who acts in them.
        office: only in this office, or null for every one.
        role: only in this role, or null for every one.
        from_on: first day.
        to_on: last day, or null.
        may_end: whether the reader may end it now.
    """

    id: str
    absent_name: str
    substitute_name: str
    office: str | None
    role: str | None
    from_on: str
    to_on: str | None
    may_end: bool


def absences(ctx: Context, actor: str) -> list[AbsenceView]:
    """List who acts for whom: all of it for an administrator, for everybody else their own part.

    Raises:
        NotFoundError: the actor is no active person.
    """
    today = shanghai_date(ctx.now()).isoformat()
    with ctx.database.reading() as tx:
        every = people.person_in(ctx, tx, actor).holds({people.ADMINISTRATOR})
        names = storage.people.names(tx)
        return [
            AbsenceView(
                id=row.id,
                absent_name=names[row.absent],
                substitute_name=names[row.substitute],
                office=row.office,
                role=row.role,
                from_on=row.from_on,
                to_on=row.to_on,
                may_end=(every or row.absent == actor) and not _is_over(row, today),
            )
            for row in storage.people.substitutions(tx)
            if every or actor in (row.absent, row.substitute)
        ]


def substitutes(ctx: Context, actor: str) -> list[tuple[str, str]]:
    """List whom a person may name in an absence, ids and names: an administrator anybody, others who work beside them.

    Raises:
        NotFoundError: the actor is no active person.
    """
    today = shanghai_date(ctx.now()).isoformat()
    with ctx.database.reading() as tx:
        me = people.person_in(ctx, tx, actor)
        if me.holds({people.ADMINISTRATOR}):
            return [(row.id, row.name) for row in storage.people.persons(tx)]
        pairs = [(office, role) for office in me.offices for role in sorted(people.WORKING_ROLES)]
        found = {row.id: row.name for pair in pairs for row in storage.people.holders(tx, *pair, today)}
    return sorted(((id_, name) for id_, name in found.items() if id_ != actor), key=lambda each: (each[1], each[0]))


def offices(ctx: Context) -> dict[str, Mapping[str, str]]:
    """Give the names of all offices in force (``zh``, ``en``), by id."""
    with ctx.database.reading() as tx:
        return library.offices(ctx, tx)


def directory(ctx: Context) -> Mapping[str, Mapping[str, Any]]:
    """Give the directory of offices in force: what it says of each, by id."""
    with ctx.database.reading() as tx:
        return library.directory(ctx, tx)


@dataclass(frozen=True)
class ParameterView:
    """A dated value of a parameter with its source; one that nobody has set has a null value."""

    name: str
    title: Mapping[str, str]
    unit: str | None
    article: str | None
    value: Value
    office: str | None
    valid_from: str | None
    valid_to: str | None
    source: str | None


def parameters(ctx: Context, actor: str) -> list[ParameterView]:
    """List every parameter of the basis in force, those without a value too.

    Raises:
        NotFoundError: the actor is no active person.
    """
    with ctx.database.reading() as tx:
        people.person_in(ctx, tx, actor)
        _name, basis = library.newest_basis(ctx, tx)
    return [view for name, told in basis.value["parameters"].items() for view in _parameter_views(name, told)]


def _parameter_views(name: str, told: Mapping[str, Value]) -> Iterator[ParameterView]:
    for row in told["values"] or [{}]:
        yield ParameterView(
            name=name,
            title=told["title"],
            unit=told.get("unit"),
            article=told.get("article"),
            value=row.get("value"),
            office=row.get("office"),
            valid_from=row.get("valid_from"),
            valid_to=row.get("valid_to"),
            source=row.get("source"),
        )


def limits(ctx: Context) -> list[Limit]:
    """List the statutory limits in force today, by id."""
    today = shanghai_date(ctx.now())
    with ctx.database.reading() as tx:
        _name, basis = library.newest_basis(ctx, tx)
    return [basis.limit(limit, today) for limit in sorted(basis.limit_ids) if basis.has_limit(limit, today)]
