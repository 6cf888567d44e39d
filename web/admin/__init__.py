"""Plain pages of the registers: persons, roles, absences, offices, parameters with their source, incidents."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """What can be kept here."""
    return render_template("admin/show.html")
