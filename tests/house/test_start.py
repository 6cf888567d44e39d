"""What a start loads: every library it does not need is waited for by whoever opens the first page."""

import subprocess
import sys
from pathlib import Path

from alembic.script import ScriptDirectory

from storage import migrate

_ROOT = Path(__file__).resolve().parents[2]
#: Loaded by what changes tables, by what does jobs, and by a paper with a rare character.
_LATE = ("alembic", "dbos", "fontTools.merge", "fontTools.subset", "psycopg", "sqlalchemy.orm")


def test_a_start_loads_no_library_that_the_first_page_does_not_need() -> None:
    program = f"import sys, app; print(*(name for name in {_LATE} if name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=_ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_the_revisions_known_without_alembic_are_those_it_knows() -> None:
    script = ScriptDirectory(str(_ROOT / "storage/migrations"))
    assert tuple(each.revision for each in script.walk_revisions())[::-1] == migrate.RELEASED
    assert script.get_current_head() == migrate.RELEASED[-1]
