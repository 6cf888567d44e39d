"""Who a person is, what they may work on and what they may see.

Rights are asked on the day they are used: a role ends at midnight, a substitution begins without anybody
pressing a button. Everything here is read in the transaction that acts on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import storage.people
import storage.sign_ins
import storage.tasks
from casework.context import Context
from casework.errors import NotAllowedError, NotFoundError
from engine.effects import Effect
from handlers.law.dates import shanghai_date
from storage import Tx
from storage.cases import CaseRow

#: Every role there is; a lane's ``role`` is one of those that work.
ROLES = frozenset(
    {
        "intake",
        "investigator",
        "reviewer",
        "approver",
        "archivist",
        "head",
        "analyst",
        "auditor",
        "administrator",
    }
)
#: Roles that read every case of their office without working on it.
READING_ROLES = frozenset({"auditor", "head"})
#: Roles that work on the cases of their office.
WORKING_ROLES = frozenset({"intake", "investigator", "reviewer", "approver", "archivist", "head"})
_SEEING_ROLES = READING_ROLES | WORKING_ROLES
#: Roles that tell others what to work on.
LEADING_ROLES = frozenset({"head"})
HEAD = "head"
#: Roles that draw up and publish procedures; they see no case by it.
PUBLISHING_ROLES = frozenset({"analyst"})
#: Roles that keep the registers and answer incidents; they see no case by it.
ADMINISTRATOR = "administrator"

#: The element of a bar that stands for everything in a case.
EVERYTHING = "*"


@dataclass(frozen=True)
class Role:
    """A role somebody holds today.

    Attributes:
        office: id of the office.
        role: ``intake``, ``investigator``, ...
        absent: the person substituted for, or null for a role of one's own.
    """

    office: str
    role: str
    absent: str | None = None


@dataclass(frozen=True)
class Person:
    """A person who can sign in, with the roles of today."""

    id: str
    name: str
    sign_in: str
    roles: tuple[Role, ...]

    @property
    def offices(self) -> list[str]:
        """Ids of the offices they work in today, each once."""
        return sorted({role.office for role in self.roles})

    def holds(self, roles: Iterable[str], office: str | None = None) -> bool:
        """Tell whether they hold one of these roles, in that office or in any."""
        wanted = set(roles)
        return any(role.role in wanted and office in (None, role.office) for role in self.roles)


def person_in(ctx: Context, tx: Tx, person: str) -> Person:
    """Give an active person, read in a transaction that is already open."""
    row = storage.people.get(tx, person)
    if row is None or not row.active:
        raise NotFoundError("person_unknown", person=person)
    return Person(row.id, row.name, row.sign_in, roles_today(ctx, tx, person))


def name_of(tx: Tx, person: str) -> str:
    """Give a person's name, also of one who has left; the id itself when nobody has it."""
    row = storage.people.get(tx, person)
    return person if row is None else row.name


def names(tx: Tx, persons: Iterable[str]) -> dict[str, str]:
    """Give the names of persons by id; ids of the system have none."""
    known = storage.people.names(tx)
    return {person: known[person] for person in persons if person in known}


def roles_today(ctx: Context, tx: Tx, person: str) -> tuple[Role, ...]:
    """Give the roles a person holds today, their own and those they substitute in, in one query."""
    today = shanghai_date(ctx.now()).isoformat()
    return tuple(Role(row.office, row.role, row.on_behalf_of) for row in storage.people.roles_on(tx, person, today))


def require_work(roles: Iterable[Role], task: Effect, office: str, person: str, barred: set[str]) -> str | None:
    """Check that a person may do a task.

    Args:
        roles: the person's of today.
        task: effect ``task_opened``.
        office: that the task is worked in.
        person: id.
        barred: ids of those who may not, because they did what must be done by another.

    Returns:
        the person substituted for, or null.

    Raises:
        NotAllowedError: wrong office or role, or separation of duties.
    """
    fitting = [role for role in roles if role.office == office and role.role == task.get("role")]
    if not fitting:
        raise NotAllowedError("no_role", role=task.get("role"), office=office)
    if person in barred:
        raise NotAllowedError("separated", elements=task.get("separate_from", []))
    own = [role for role in fitting if role.absent is None]
    absent = None if own else next((role.absent for role in fitting if role.absent not in barred), None)
    if not own and absent is None:
        raise NotAllowedError("separated", elements=task.get("separate_from", []))
    return absent


def require_head(roles: Iterable[Role], office: str, person: str, barred: set[str]) -> str | None:
    """Check that a person leads an office today and is none of those who may not act.

    Returns:
        the absent head substituted for, or null.

    Raises:
        NotAllowedError: no head of this office, or one of those persons, or acting only for one of them.
    """
    return require_work(roles, {"role": HEAD}, office, person, barred)


def recused(tx: Tx, case_id: str) -> set[str]:
    """Name the persons who may do nothing in a case."""
    return {row.person for row in storage.people.barred_in(tx, case_id) if row.element == EVERYTHING}


def may_add(tx: Tx, person: Person, case: CaseRow) -> bool:
    """Tell whether a person may add to a case: works in its office, or in one where a task of it is open.

    Who only reads it, as an auditor or by a right, adds nothing; nor does who is recused.
    """
    offices = {case.office, *(task.office for task in storage.tasks.of_case(tx, case.id))}
    return any(person.holds(WORKING_ROLES, office) for office in offices) and person.id not in recused(tx, case.id)


def require_hand(tx: Tx, person: Person, case: CaseRow) -> None:
    """Check that a person may add to a case.

    Raises:
        NotAllowedError: they may not.
    """
    if not may_add(tx, person, case):
        raise NotAllowedError("no_role", role=None, office=case.office)


def require_staff(tx: Tx, person: Person, case: CaseRow) -> None:
    """Check that a person works in the office that has a case, and is not recused from it.

    Raises:
        NotAllowedError: they do not, or are.
    """
    if not person.holds(WORKING_ROLES, case.office) or person.id in recused(tx, case.id):
        raise NotAllowedError("no_role", role=None, office=case.office)


def may_see(ctx: Context, tx: Tx, person: Person, case_id: str, office: str) -> bool:
    """Tell whether a person may read a case: a role in its office, work in it, or a right with its ground."""
    return sees(ctx, tx, person.id, person.roles, case_id, office)


def offices_read(roles: Iterable[Role]) -> list[str]:
    """Name the offices every case of which these roles let a person read, each once."""
    return sorted({role.office for role in roles if role.role in _SEEING_ROLES})


def sees(ctx: Context, tx: Tx, person: str, roles: Iterable[Role], case_id: str, office: str) -> bool:
    """Tell the same of a person whose roles of today are known; asks the database only about another office's case."""
    offices = offices_read(roles)
    if office in offices:
        return True
    if any(task.office in offices for task in storage.tasks.of_case(tx, case_id)):
        return True
    today = shanghai_date(ctx.now()).isoformat()
    return bool(storage.people.rights_on(tx, case_id, person, offices, today))


def require_sight(ctx: Context, tx: Tx, person: str, roles: Iterable[Role], case: CaseRow) -> None:
    """Check that a person may know of a case.

    Raises:
        NotFoundError: they may not; the answer is that of a case that is not there.
    """
    if not sees(ctx, tx, person, roles, case.id, case.office):
        raise NotFoundError("case_unknown", case=case.id)
