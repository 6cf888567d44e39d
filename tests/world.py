"""An invented working day: two offices, a person for every role in each, one case, and a browser for everybody."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from casework import cases, library, opening, registers
from casework.context import Context
from storage import open_database, upgrade
from storage.files import FileStore
from web import create_app

#: Limits, calendars and offices are the real ones; the procedure is a small one of the tests' own.
LAW = Path(__file__).resolve().parents[1] / "processes"
PROCESSES = Path(__file__).with_name("processes")
PASSWORD = "a long password of nobody"

OWN = "530102"
OTHER = "530103"
#: Somebody who does nothing, and whom anything may be done to.
BYSTANDER = "bystander"
ROLES = ("intake", "investigator", "reviewer", "approver", "archivist", "head", "auditor", "analyst", "administrator")


@dataclass(frozen=True)
class World:
    """The surroundings, the application, the case and the address of its first task."""

    ctx: Context
    app: Flask
    case: str
    address: str

    def browser(self, sign_in: str | None = None) -> "Browser":
        """A browser, signed in by that name or not at all."""
        return Browser(self.app.test_client(), sign_in)

    def url(self, path: str) -> str:
        """A path with its placeholders filled by what is there."""
        filled = {
            "case_id": self.case,
            "path:address": quote(self.address),
            "material_id": "0" * 36,
            "person": BYSTANDER,
            "incident": "0" * 36,
            "absence": "0" * 36,
            "name": "0" * 64,
            "path:filename": "mark.svg",
            "int:proposal": "1",
            "int:entry": "1",
            "request_id": "0" * 36,
        }
        return re.sub(r"<([^>]+)>", lambda found: filled[found[1]], path)


class Browser:
    """A session, with the token its forms carry."""

    def __init__(self, client: FlaskClient, sign_in: str | None) -> None:
        self.client = client
        self.csrf = _csrf(client.get("/sign-in"))
        if sign_in:
            self.post("/sign-in", sign_in=sign_in, password=PASSWORD)
            self.csrf = _csrf(client.get("/inbox"))

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path, buffered=True)

    def post(self, path: str, **fields: object) -> TestResponse:
        """Submit a form; ``__`` in a field's name stands for the dot."""
        return self.send(path, {name.replace("__", "."): value for name, value in fields.items()})

    def send(self, path: str, fields: Mapping[str, object]) -> TestResponse:
        """Submit a form whose names hold dots."""
        return self.client.post(path, data={"csrf_token": self.csrf, **fields}, buffered=True)


def _csrf(response: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', response.text)
    return found[1] if found else ""


def a_world(folder: Path, url: str | None = None) -> World:
    """Make that day in a folder of its own; sign-in names are ``530102-intake`` and so on."""
    if url is None:
        url = f"sqlite:///{folder}/anjuan.db"
        upgrade(url)
    ctx = Context(open_database(url), FileStore(folder / "files"), PROCESSES, identity_key=b"k" * 32)
    library.load_basis(replace(ctx, processes=LAW), None)
    library.import_shipped(ctx)
    for office in (OWN, OTHER):
        for role in ROLES:
            name = f"{office}-{role}"
            registers.add_person(ctx, "system:test", name, f"示例{role}", name, PASSWORD)
            registers.give_role_now(ctx, "system:test", name, office, role)
    registers.add_person(ctx, "system:test", BYSTANDER, "示例", BYSTANDER, PASSWORD)
    case = opening.start(ctx, f"{OWN}-intake", "visit", OWN, "first form")
    address = cases.view(ctx, f"{OWN}-intake", case, "task").tasks[0][0].address
    return World(ctx, create_app(ctx, secret_key="k" * 32), case, address)
