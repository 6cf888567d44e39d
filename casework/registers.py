"""The registers: persons, roles, absences, offices, parameters, publications; each change in a chain of its own.

A register's chain is kept like a case's, with its name in place of a case id, so that ``verify`` covers it.
"""

from collections.abc import Mapping
from dataclasses import replace

import uuid_utils

import storage.entries
import storage.people
import storage.registers
from casework import chain, people
from casework.context import Context
from casework.errors import NotAllowedError, RefusedError
from engine.values import Value
from handlers.law.dates import shanghai_date
from storage import Tx
from storage.errors import TakenError
from storage.people import PersonRow, RoleRow, SubstitutionRow

SHORTEST_PASSWORD = 10

#: Fields of register entries that tell of a person beyond the id.
_PERSONAL = frozenset({"person.name", "person.sign_in", "register.reason"})


def record(ctx: Context, tx: Tx, register: str, kind: str, actor: str, payload: Mapping[str, Value]) -> None:
    """Append a change to a register's chain, in the transaction that makes the change."""
    head = storage.registers.lock(tx, register)
    at = max(ctx.now(), head.at)
    body = chain.make_body(dict(payload), [], _PERSONAL.__contains__)
    row, leaves = chain.link(
        body,
        case=register,
        seq=head.seq + 1,
        at=at,
        actor=actor,
        on_behalf_of=None,
        kind=kind,
        key=f"{kind}:{uuid_utils.uuid7()}",
        address=None,
        definition=None,
        basis=None,
        prev_hash=head.head,
    )
    storage.entries.append(tx, row, leaves)
    storage.registers.save(tx, register, seq=row.seq, head=row.hash, at=at)


def add_person(ctx: Context, actor: str, person: str | None, name: str, sign_in: str, password: str) -> str:
    """Add a person who signs in by password; gives the id.

    Raises:
        RefusedError: the sign-in name is taken, the password too short, or a field is empty.
    """
    if not name.strip() or not sign_in.strip():
        raise RefusedError("required")
    if len(password) < SHORTEST_PASSWORD:
        raise RefusedError("password_short", limit=SHORTEST_PASSWORD)
    row = PersonRow(person or str(uuid_utils.uuid7()), name.strip(), sign_in.strip(), people.hash_password(password), active=True)
    try:
        with ctx.database.writing() as tx:
            storage.people.put_person(tx, row)
            payload = {"person.id": row.id, "person.name": row.name, "person.sign_in": row.sign_in}
            record(ctx, tx, "persons", "person_added", actor, payload)
    except TakenError as error:
        raise RefusedError("sign_in_taken", sign_in=sign_in) from error
    return row.id


def set_active(ctx: Context, actor: str, person: str, *, active: bool, reason: str) -> None:
    """Let a person sign in, or no longer."""
    with ctx.database.writing() as tx:
        row = storage.people.get(tx, person)
        if row is None:
            raise RefusedError("person_unknown", person=person)
        storage.people.put_person(tx, replace(row, active=active))
        payload = {"person.id": person, "person.active": active, "register.reason": reason}
        record(ctx, tx, "persons", "person_changed", actor, payload)


def give_role(ctx: Context, actor: str, row: RoleRow) -> None:
    """Give a person a role in an office from a day on, or set its last day.

    Raises:
        RefusedError: the last day lies before the first, or nobody has that id.
    """
    if row.to_on is not None and row.to_on < row.from_on:
        raise RefusedError("period", from_on=row.from_on, to_on=row.to_on)
    with ctx.database.writing() as tx:
        if storage.people.get(tx, row.person) is None:
            raise RefusedError("person_unknown", person=row.person)
        storage.people.put_role(tx, row)
        payload = {
            "person.id": row.person,
            "role.office": row.office,
            "role.role": row.role,
            "role.from_on": row.from_on,
            "role.to_on": row.to_on,
        }
        record(ctx, tx, "persons", "role_given", actor, payload)


def give_role_now(ctx: Context, actor: str, person: str, office: str, role: str) -> None:
    """Give a person a role from today on, without end."""
    give_role(ctx, actor, RoleRow(person, office, role, shanghai_date(ctx.now()).isoformat()))


def arrange_substitution(ctx: Context, actor: str, row: SubstitutionRow) -> None:
    """Let one person act for an absent one between two days.

    Raises:
        RefusedError: the days are in the wrong order, or both are the same person.
        NotAllowedError: somebody other than the absent person or an administrator arranges it.
    """
    if row.to_on is not None and row.to_on < row.from_on:
        raise RefusedError("period", from_on=row.from_on, to_on=row.to_on)
    if row.absent == row.substitute:
        raise RefusedError("own_substitute")
    with ctx.database.writing() as tx:
        if actor != row.absent and not people.person_in(ctx, tx, actor).holds({people.ADMINISTRATOR}):
            raise NotAllowedError("not_administrator")
        storage.people.put_substitution(tx, row)
        payload = {
            "absence.id": row.id,
            "absence.absent": row.absent,
            "absence.substitute": row.substitute,
            "absence.office": row.office,
            "absence.role": row.role,
            "absence.from_on": row.from_on,
            "absence.to_on": row.to_on,
        }
        record(ctx, tx, "persons", "substitution_arranged", actor, payload)
