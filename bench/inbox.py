"""How long the first page of an inbox takes, with ten thousand open tasks and with a million."""

from statistics import median
from time import perf_counter

import psycopg

from storage import Database, Tx, bases, definitions, open_database, people, tasks, upgrade
from storage.people import PersonRow
from storage.tasks import TaskRow

OFFICES = 20
ROLES = ("intake", "investigator", "reviewer", "approver", "archivist")
#: The reader works in three offices, in every role: fifteen runs are merged.
READERS_OFFICES = 3

FEW, MANY = 10_000, 1_000_000
PAGE = 50
TIMES = 200

_AT = "2026-11-21T08:30:00"
_PERSON = "bench-reader"

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"

_CASES = f"""
INSERT INTO "case" (id, procedure, definition, basis, office, title, state, seq, head, at, opened_at, version)
{_NUMBERS}
SELECT 'bench-' || CAST(10000000 + i AS TEXT), 'recognition',
       (SELECT hash FROM definition), (SELECT hash FROM basis),
       'office' || CAST(i - (i / {OFFICES}) * {OFFICES} AS TEXT), '张三 · 某某建筑工程有限公司', 'open', 1,
       (SELECT hash FROM basis), '{_AT}', '{_AT}', 1
FROM n
"""  # noqa: S608 - numbers of our own

_DUE_ON = (
    "CASE WHEN i - (i / 7) * 7 = 0 THEN '9999-12-31' ELSE '2026-' || CAST(10 + (i / 3) - (i / 9) * 3 AS TEXT)"
    " || '-' || CAST(10 + (i * 13) - ((i * 13) / 19) * 19 AS TEXT) END"
)
_ROLE = "CASE (i / {o}) - (i / {o} / 5) * 5 {whens} END".format(
    o=OFFICES, whens=" ".join(f"WHEN {number} THEN '{role}'" for number, role in enumerate(ROLES))
)

_TASKS = f"""
INSERT INTO task ("case", address, procedure, definition, element, office, role, form, officers, assignee, opened_at,
                  due_on, limit_id, paused, priority, case_number, title, worker_name, latest_note)
{_NUMBERS}
SELECT 'bench-' || CAST(10000000 + i AS TEXT), 'recognition/main/review_materials', 'recognition',
       (SELECT hash FROM definition), 'review_materials',
       'office' || CAST(i - (i / {OFFICES}) * {OFFICES} AS TEXT), {_ROLE}, 'forms/review_materials.json', 1,
       CASE WHEN (i / 101) - (i / 404) * 4 = 0 THEN '{_PERSON}' END, '{_AT}', {_DUE_ON}, 'D05', {{false}}, 0,
       '宜人社工受〔2026〕' || CAST(i AS TEXT) || '号', '张三 · 某某建筑工程有限公司', '张三', NULL
FROM n
"""  # noqa: S608 - numbers of our own


def run(url: str) -> dict[str, float]:
    """Fill an empty database and read its inbox.

    Args:
        url: of a database without cases; it keeps the rows.

    Returns:
        ``query_ms_10k`` and ``query_ms_1m``: reading the first page; ``counts_ms_1m``: the counts beside it;
        ``page_1000_ms_1m``: a page far down. Medians in milliseconds.
    """
    upgrade(url)
    database = open_database(url)
    try:
        with database.writing() as tx:
            _furnish(tx)
        _fill(database, 1, FEW)
        few = _first_page_ms(database)
        _fill(database, FEW + 1, MANY)
        return {
            "query_ms_10k": few,
            "query_ms_1m": _first_page_ms(database),
            "counts_ms_1m": _counts_ms(database),
            "page_1000_ms_1m": _far_page_ms(database),
        }
    finally:
        database.close()


def _furnish(tx: Tx) -> None:
    name = "0" * 63 + "1"
    definitions.put(tx, name, procedure="recognition", data=b"{}", at=f"{_AT}Z", provenance="bench")
    bases.put(tx, name, data=b"{}", at=f"{_AT}Z")
    people.put_person(tx, PersonRow(_PERSON, "李四", _PERSON))


def _fill(database: Database, first: int, last: int) -> None:
    false = "0" if database.dialect == "sqlite" else "FALSE"
    with database.writing() as tx:
        for statement in (_CASES, _TASKS):
            tx.connection.exec_driver_sql(statement.format(first=first, last=last, false=false))
    if database.dialect == "postgresql":
        _vacuum(database)


def _vacuum(database: Database) -> None:
    """Do what PostgreSQL's background worker does within a minute."""
    with psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _first_page_ms(database: Database) -> float:
    rows: list[TaskRow] = []
    spent = []
    for _ in range(TIMES):
        with database.reading() as tx:
            start = perf_counter()
            rows = tasks.page(tx, offices_roles=_roles(), person=_PERSON, size=PAGE).rows
            spent.append(perf_counter() - start)
    assert len(rows) == PAGE
    return _ms(spent)


def _far_page_ms(database: Database) -> float:
    spent = []
    key = None
    with database.reading() as tx:
        for _ in range(1000):
            start = perf_counter()
            page = tasks.page(tx, offices_roles=_roles(), person=_PERSON, after_key=key, size=PAGE)
            spent.append(perf_counter() - start)
            key = page.next
    assert key is not None
    return _ms(spent[-TIMES:])


def _counts_ms(database: Database) -> float:
    spent = []
    for _ in range(TIMES):
        with database.reading() as tx:
            start = perf_counter()
            tasks.counts(tx, offices_roles=_roles(), person=_PERSON, today="2026-11-21", soon="2026-11-24")
            spent.append(perf_counter() - start)
    return _ms(spent)


def _roles() -> list[tuple[str, str]]:
    return [(f"office{office}", role) for office in range(READERS_OFFICES) for role in ROLES]


def _ms(spent: list[float]) -> float:
    return round(median(spent) * 1000, 3)
