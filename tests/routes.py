"""Every route of the web application and who reaches it: the table that the tests of refusal are made from."""

from typing import Final

#: Answers without a session.
OPEN: Final = "open"
#: Answers to everybody who is signed in, with what is theirs.
SESSION: Final = "session"
#: Answers to who may see the case; to everybody else as if the case did not exist.
CASE: Final = "case"
#: Answers to administrators.
ADMINISTRATOR: Final = "administrator"

#: Who reaches what, by method and rule.
ROUTES: Final[dict[str, str]] = {
    "GET /static/<path:filename>": OPEN,
    "GET /healthz": OPEN,
    "GET /sign-in": OPEN,
    "POST /sign-in": OPEN,
    "POST /language": OPEN,
    "POST /sign-out": SESSION,
    "GET /": SESSION,
    "GET /inbox": SESSION,
    "POST /inbox/claim": SESSION,
    "POST /inbox/reassign": SESSION,
    "GET /cases/": SESSION,
    "GET /cases/new": SESSION,
    "POST /cases/new": SESSION,
    "GET /cases/<case_id>": CASE,
    "GET /cases/<case_id>/diagram": CASE,
    "POST /cases/<case_id>/comments": CASE,
    "POST /cases/<case_id>/materials": CASE,
    "GET /cases/<case_id>/materials/<material_id>": CASE,
    "GET /cases/<case_id>/documents/<path:address>": CASE,
    "POST /cases/<case_id>/void/<path:address>": CASE,
    "GET /cases/<case_id>/preview/<path:address>": CASE,
    "GET /cases/<case_id>/tasks/<path:address>": CASE,
    "POST /cases/<case_id>/tasks/<path:address>": CASE,
    "POST /cases/<case_id>/claim/<path:address>": CASE,
    "POST /cases/<case_id>/release/<path:address>": CASE,
    "POST /cases/<case_id>/reassign/<path:address>": CASE,
    "POST /cases/<case_id>/withdraw/<path:address>": CASE,
    "GET /cases/<case_id>/interventions": CASE,
    "POST /cases/<case_id>/interventions/message": CASE,
    "GET /cases/<case_id>/interventions/correction": CASE,
    "POST /cases/<case_id>/interventions/correction": CASE,
    "POST /cases/<case_id>/interventions/closing": CASE,
    "POST /cases/<case_id>/interventions/<int:proposal>/confirm": CASE,
    "POST /cases/<case_id>/interventions/<int:proposal>/decline": CASE,
    "POST /cases/<case_id>/interventions/<int:entry>/review": CASE,
    "GET /cases/<case_id>/interventions/erasure": CASE,
    "POST /cases/<case_id>/interventions/erasure": CASE,
    "POST /cases/<case_id>/interventions/<int:proposal>/erase": CASE,
    "POST /cases/<case_id>/interventions/recusal": CASE,
    "POST /cases/<case_id>/interventions/recusal/<request_id>": CASE,
    "GET /admin/": SESSION,
    "GET /admin/persons": ADMINISTRATOR,
    "POST /admin/persons": ADMINISTRATOR,
    "POST /admin/persons/<person>/roles": ADMINISTRATOR,
    "POST /admin/persons/<person>/active": ADMINISTRATOR,
    "POST /admin/persons/<person>/password": ADMINISTRATOR,
    "GET /admin/absences": SESSION,
    "POST /admin/absences": SESSION,
    "POST /admin/absences/<absence>/end": SESSION,
    "GET /admin/offices": SESSION,
    "GET /admin/procedures": SESSION,
    "GET /admin/procedures/<name>": SESSION,
    "GET /admin/procedures/<name>/diagram": SESSION,
    "GET /admin/parameters": SESSION,
    "GET /admin/limits": SESSION,
    "GET /admin/incidents": ADMINISTRATOR,
    "POST /admin/incidents/<incident>/retry": ADMINISTRATOR,
    "POST /admin/incidents/<incident>/drop": ADMINISTRATOR,
    "POST /admin/incidents/<incident>/give-up": ADMINISTRATOR,
}
