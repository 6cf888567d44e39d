"""``python -m bench complete|loop|inbox|replay|conformance --json [--database URL]``."""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import complete, conformance, inbox, loop, replay


def _conformance(_url: str | None) -> dict[str, Any]:
    folder = os.environ.get("ANJUAN_CONFORMANCE")
    if folder is None:
        raise SystemExit("ANJUAN_CONFORMANCE names no folder of conformance models")
    return conformance.run(Path(folder))


def _inbox(url: str | None) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        return inbox.run(url or f"sqlite:///{folder}/bench.db")


MEASUREMENTS: dict[str, Callable[[str | None], dict[str, Any]]] = {
    "complete": complete.run,
    "loop": loop.run,
    "inbox": _inbox,
    "replay": replay.run,
    "conformance": _conformance,
}


def main() -> None:
    """Measure one thing and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", choices=MEASUREMENTS)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--database", help="an empty database to measure in; a SQLite file of its own when left out")
    options = parser.parse_args()
    figures = MEASUREMENTS[options.what](options.database)
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


main()
