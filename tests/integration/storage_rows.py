"""Rows the storage tests are built from."""

from dataclasses import replace
from typing import Any

from storage import Database, Tx, bases, cases, definitions, entries, people
from storage.cases import CaseRow
from storage.entries import EntryRow, LeafRow
from storage.people import PersonRow
from storage.rows import NO_HEAD
from storage.tasks import TaskRow

AT = "2026-11-21T08:30:00.000000Z"
LATER = "2026-11-21T09:00:00.000000Z"


def a_hash(n: int = 1) -> str:
    """The n-th of many different hashes."""
    return f"{n:064x}"


def furnish(tx: Tx) -> None:
    """Put in what every case needs: a definition, a basis, two persons."""
    definitions.put(tx, a_hash(), procedure="recognition", data=b"{}", at=AT, provenance="shipped")
    bases.put(tx, a_hash(), data=b"{}", at=AT)
    people.put_person(tx, PersonRow("zhang", "张三", "zhangsan"))
    people.put_person(tx, PersonRow("li", "李四", "lisi"))


def a_case(tx: Tx, case: str = "c1", office: str = "city", **columns: Any) -> CaseRow:
    """Insert a case."""
    settled = {"procedure": "recognition", "definition": a_hash(), "basis": a_hash(), "opened_at": AT} | columns
    return cases.insert(tx, id=case, office=office, **settled)


def an_entry(chain: str = "c1", seq: int = 1, **columns: Any) -> EntryRow:
    """An entry, not yet appended."""
    row = EntryRow(
        chain=chain,
        seq=seq,
        format=1,
        at=AT,
        actor="zhang",
        on_behalf_of=None,
        kind="task_completed",
        key=f"task:recognition/register#{seq}",
        address=f"recognition/register#{seq}",
        definition=a_hash(),
        basis=a_hash(),
        body=b'[["p","worker.name","x"],["e",{"address":"recognition/register","effect":"left"}]]',
        body_root=a_hash(seq),
        prev_hash=NO_HEAD if seq == 1 else a_hash(seq + 999),
        hash=a_hash(seq + 1000),
    )
    return replace(row, **columns)


def a_leaf(seq: int = 1, n: int = 0, chain: str = "c1") -> LeafRow:
    """A salted leaf, not yet appended."""
    return LeafRow(chain, seq, n, bytes(range(16)), '["p","worker.name","张三"]'.encode())


def a_task(case: str = "c1", address: str = "recognition/register", **columns: Any) -> TaskRow:
    """An open task, not yet inserted."""
    row = TaskRow(
        case=case,
        address=address,
        procedure="recognition",
        definition=a_hash(),
        element="register",
        office="city",
        role="intake",
        opened_at=AT,
    )
    return replace(row, **columns)


def a_history(database: Database, case: str = "c1", length: int = 3) -> None:
    """Furnish a database and give a case some entries, the first with a salted leaf."""
    with database.writing() as tx:
        furnish(tx)
        a_case(tx, case)
        for seq in range(1, length + 1):
            entries.append(tx, an_entry(case, seq), [a_leaf(chain=case)] if seq == 1 else [])
        last = an_entry(case, length)
        cases.save(tx, case, expected_version=0, seq=length, head=last.hash, at=AT, snapshot=b"{}", snapshot_engine="1")
