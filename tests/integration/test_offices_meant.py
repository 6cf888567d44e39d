"""Which offices of the directory a form offers, and takes: those that its fact can mean, and no others."""

from pathlib import Path

import pytest

from casework import forms, library, references
from casework.context import Context
from casework.errors import InvalidFormError
from engine import Definition
from engine.elements import declarations
from storage import Database
from tests.acceptance.recognition_case import definition
from tests.integration.paper_cases import a_context

#: The city, a county, a zone that decides in its own name, one of which nobody knows whether it does.
DECIDING = {"530100", "530102", "530111402", "530102401"}
#: The province, which decides no recognition; an agency; a committee.
OTHERS = {"530000", "530102.agency", "530100.appraisal"}
CHOSEN_IN = {
    "employer.operating_office": "register_application",
    "employer.registered_office": "register_application",
    "insurance.agency_office": "register_application",
    "jurisdiction.office": "judge_jurisdiction",
}


@pytest.fixture
def ctx(database: Database, tmp_path: Path) -> Context:
    return a_context(database, tmp_path)


def offered(ctx: Context, name: str, procedure: Definition | None = None) -> set[str]:
    """Name the offices that the form with a fact offers for it."""
    procedure = procedure or definition()
    schema = forms.schema_of(procedure, f"forms/{CHOSEN_IN[name]}.json")
    with ctx.database.reading() as tx:
        shown = forms.labelled(procedure, schema, library.directory(ctx, tx))
    return set(shown["properties"][name]["x-codes"])


def before_today() -> Definition:
    """Give the procedure as it was when no fact said which offices it can mean."""
    files = {path: text.replace("offices: authority, ", "") for path, text in definition().files.items()}
    return Definition("recognition", files, definition().rules)


def take(ctx: Context, procedure: Definition, name: str, office: str) -> None:
    with ctx.database.reading() as tx:
        references.require(ctx, tx, "", procedure, {name: office})


def test_every_office_a_form_asks_for_is_one_that_decides_recognition() -> None:
    declared = declarations(definition())
    asked = {name for name, _field in forms._all_fields(definition()) if declared[name].type == "office"}
    assert {name: declared[name].offices for name in asked} == dict.fromkeys(CHOSEN_IN, "authority")


@pytest.mark.parametrize("name", CHOSEN_IN)
def test_only_offices_that_can_be_meant_are_offered(ctx: Context, name: str) -> None:
    assert offered(ctx, name) >= DECIDING
    assert not offered(ctx, name) & OTHERS


@pytest.mark.parametrize("office", sorted(OTHERS | {"nowhere"}))
def test_an_office_that_cannot_be_meant_is_not_taken(ctx: Context, office: str) -> None:
    with pytest.raises(InvalidFormError) as refused:
        take(ctx, definition(), "jurisdiction.office", office)
    assert refused.value.errors == {"jurisdiction.office": ("unknown_office", {})}


@pytest.mark.parametrize("office", sorted(DECIDING))
def test_an_office_that_can_be_meant_is_taken(ctx: Context, office: str) -> None:
    take(ctx, definition(), "jurisdiction.office", office)


def test_a_case_on_an_older_definition_takes_every_office_as_before(ctx: Context) -> None:
    assert offered(ctx, "jurisdiction.office", before_today()) >= DECIDING | OTHERS
    take(ctx, before_today(), "jurisdiction.office", "530102.agency")
