"""Acts beside the way of a case: messages brought to it, corrections, closing on order, reviews, recusal."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casework import cases, erasing, interventions, proposals, recusal, registers, working
from casework import forms as casework_forms
from casework.cases import CaseView, FactView
from casework.errors import InvalidFormError, NotFoundError, RequestError
from casework.people import WORKING_ROLES
from web import forms, refusals
from web.cases import erasure, telling
from web.current import context, person, person_id
from web.words import say

#: Why a case's pages are read here, as the read log keeps it.
_WHY = "intervention"


def route(blueprint: Blueprint) -> None:
    """Put the acts beside the way under the cases."""
    below = "/<case_id>/interventions"
    blueprint.add_url_rule(below, "interventions", show)
    blueprint.add_url_rule(f"{below}/message", "send", send, methods=["POST"])
    blueprint.add_url_rule(f"{below}/correction", "correction", correction)
    blueprint.add_url_rule(f"{below}/correction", "correct", correct, methods=["POST"])
    blueprint.add_url_rule(f"{below}/closing", "close", close, methods=["POST"])
    blueprint.add_url_rule(f"{below}/<int:proposal>/confirm", "confirm", confirm, methods=["POST"])
    blueprint.add_url_rule(f"{below}/<int:proposal>/decline", "decline", decline, methods=["POST"])
    blueprint.add_url_rule(f"{below}/<int:entry>/review", "review", review, methods=["POST"])
    blueprint.add_url_rule(f"{below}/recusal", "ask_recusal", ask_recusal, methods=["POST"])
    blueprint.add_url_rule(f"{below}/recusal/<request_id>", "decide_recusal", decide_recusal, methods=["POST"])


def may_intervene(office: str) -> bool:
    """Tell whether the person at this page works on the cases of an office, so that the acts are offered."""
    return person().holds(WORKING_ROLES, office)


def show(case_id: str) -> ResponseReturnValue:
    """Everything that waits beside the way, and what may be asked for.

    A head of the office above, who sees the case for a recusal alone, is shown that alone.
    """
    requests = recusal.requests(context(), person_id(), case_id)
    try:
        view = cases.view(context(), person_id(), case_id, why=_WHY)
    except NotFoundError:
        return render_template("interventions.html", case_id=case_id, view=None, requests=requests)
    return render_template(
        "interventions.html",
        case_id=case_id,
        view=view,
        case=view.case,
        requests=requests,
        works=may_intervene(view.case.office),
        awaited=working.awaited(context(), person_id(), case_id),
        facts=telling.facts(view),
        waiting=interventions.waiting(context(), person_id(), case_id),
        erasures=erasing.waiting(context(), person_id(), case_id),
        called=erasure.called,
        to_review=interventions.to_review(context(), person_id(), case_id),
        colleagues=recusal.colleagues(context(), person_id(), case_id),
        labels={each.fact.name: each.fact for each in view.facts},
        limits={each.record["limit"]: each for each in view.deadlines},
        offices=registers.offices(context()),
        telling=telling,
        name_and_scope=name_and_scope,
    )


def _given(name: str) -> str:
    return request.form.get(name, "").strip()


def _done(case_id: str, told: str, anchor: str | None = None) -> ResponseReturnValue:
    flash(told, "success")
    return redirect(url_for("cases.interventions", case_id=case_id, _anchor=anchor))


def send(case_id: str) -> ResponseReturnValue:
    """Give the case a message that it waits for."""
    name, _, key = request.form.get("message", "").partition(" ")
    working.send(context(), person_id(), case_id, name, key or None, {}, token=_given("token"))
    flash(say("message.taken"), "success")
    return redirect(url_for("cases.show", case_id=case_id))


# --- corrections


def name_and_scope(told: FactView) -> str:
    """Name a fact in the address of its correction; neither part can hold the space between them."""
    return f"{told.fact.name} {told.scope}".rstrip()


def correction(case_id: str) -> ResponseReturnValue:
    """The form that asks for the right value of one fact."""
    view = cases.view(context(), person_id(), case_id, why=_WHY)
    told = _chosen(view, request.args.get("fact", ""))
    return _form(view, told, {told.fact.name: told.value})


def _chosen(view: CaseView, named: str) -> FactView:
    """Give the fact a page names.

    Raises:
        NotFoundError: the case has no such fact.
    """
    found = next((each for each in view.facts if name_and_scope(each) == named), None)
    if found is None:
        raise NotFoundError("fact_unknown", fact=named)
    return found


def _schema(view: CaseView, told: FactView) -> forms.Schema:
    names = {each.sha256: each.name for each in view.materials}
    return casework_forms.of_fact(view.definition, told.fact.name, registers.directory(context()), names)


def _form(
    view: CaseView,
    told: FactView,
    values: Mapping[str, Any],
    *,
    errors: Mapping[str, forms.Error] | None = None,
    refused: RequestError | None = None,
) -> ResponseReturnValue:
    schema = _schema(view, told)
    page = render_template(
        "correction.html",
        view=view,
        case=view.case,
        told=told,
        named=name_and_scope(told),
        offices=registers.offices(context()),
        form=forms.build(schema, values, schema["properties"], errors),
        reason=_given("reason"),
        unknown=_is_unknown(),
        refused=refusals.sentence(refused) if refused else None,
        telling=telling,
    )
    return page, refusals.status(refused) if refused else (422 if errors else 200)


def correct(case_id: str) -> ResponseReturnValue:
    """Propose the value that was typed; whatever is refused, it is shown again."""
    view = cases.view(context(), person_id(), case_id, why=_WHY)
    told = _chosen(view, request.form.get("fact", ""))
    schema = _schema(view, told)
    payload = forms.read(schema, forms.Posted(list(request.form.items(multi=True))), lambda _: schema["properties"])
    action = request.form.get(forms.ACTION, "")
    if action.startswith(("add:", "delete:")):
        return _form(view, told, forms.change_rows(schema, payload, action))
    if _is_unknown():
        return _propose(view, told, {told.fact.name: None})
    if told.fact.name not in payload:
        return _form(view, told, payload, errors={told.fact.name: ("empty", {})})
    return _propose(view, told, payload)


def _is_unknown() -> bool:
    """Whether the fact is to be corrected to unknown, whatever else was typed."""
    return request.form.get("unknown") == "true"


def _propose(view: CaseView, told: FactView, payload: Mapping[str, Any]) -> ResponseReturnValue:
    try:
        interventions.propose_correction(
            context(),
            person_id(),
            view.case.id,
            payload,
            reason=_given("reason"),
            token=_given("token"),
            scope=told.scope,
        )
    except InvalidFormError as error:
        return _form(view, told, payload, errors=error.errors)
    except RequestError as error:
        return _form(view, told, payload, refused=error)
    return _done(view.case.id, say("proposal.made"), "waiting")


# --- closing, confirming, reviewing


def close(case_id: str) -> ResponseReturnValue:
    """Propose that the case be closed on order."""
    ground, reason = _given("ground"), _given("reason")
    interventions.propose_closing(context(), person_id(), case_id, ground=ground, reason=reason, token=_given("token"))
    return _done(case_id, say("proposal.made"), "waiting")


def confirm(case_id: str, proposal: int) -> ResponseReturnValue:
    """Confirm a proposal as the second person."""
    interventions.confirm(context(), person_id(), case_id, proposal)
    return _done(case_id, say("proposal.confirmed"))


def decline(case_id: str, proposal: int) -> ResponseReturnValue:
    """Decline a proposal, or take one's own back."""
    proposals.decline(context(), person_id(), case_id, proposal, _given("reason"))
    return _done(case_id, say("proposal.declined"))


def review(case_id: str, entry: int) -> ResponseReturnValue:
    """Say what is to be done about what relied on a corrected fact."""
    interventions.review(context(), person_id(), case_id, entry, _given("reason"))
    return _done(case_id, say("review.kept"))


# --- recusal


def ask_recusal(case_id: str) -> ResponseReturnValue:
    """Ask that a person be recused, or note that a party asks."""
    recusal.ask(
        context(),
        person_id(),
        case_id,
        concerning=_given("person"),
        ground=_given("reason"),
        token=_given("token"),
        party=_given("party") or None,
    )
    return _done(case_id, say("recusal.kept"), "recusal")


def decide_recusal(case_id: str, request_id: str) -> ResponseReturnValue:
    """Grant a recusal or refuse it."""
    recusal.decide(
        context(),
        person_id(),
        case_id,
        request_id,
        granted=request.form.get("decision") == "granted",
        reason=_given("reason"),
        token=_given("token"),
    )
    return _done(case_id, say("recusal.decided"), "recusal")
