"""A form that begins anew for the next recipient asks for nothing that only the last one's way of service needs."""

import pytest

from casework import forms
from engine.values import Value
from tests.acceptance.recognition_case import definition

AT = "2026-11-06T02:00:00.000000Z"
LAST: dict[str, Value] = {
    "delivery.way": "public_notice",
    "delivery.notice_place": "本部门公告栏",
    "delivery.notice_reason": "下落不明",
    "service.remaining": ["agency"],
}


@pytest.mark.parametrize(("lawful", "taken_up"), [(True, False), (False, True)])
def test_what_was_said_of_the_last_recipient_is_taken_up_only_to_be_corrected(lawful: bool, taken_up: bool) -> None:
    known: dict[str, Value] = {**LAST, "delivery.lawful": lawful}
    schema = forms.schema_of(definition(), "forms/serve_paper.json")

    begun = forms.starting(definition(), schema, known, AT)
    asked = forms.visible(definition(), schema, known, AT, begun)

    assert ("delivery.notice_place" in begun) is taken_up
    assert ("delivery.notice_place" in asked) is taken_up
