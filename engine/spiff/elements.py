"""What runs here: the allow-list of element, event and position, and each element's class.

What is not in ``SUPPORTED`` is refused at publication (``engine.check``). A row stands here only when a test in
``tests/unit/test_engine_elements.py`` shows what the BPMN standard says of it.
"""

from typing import Final

#: Element, event definition (empty for what is no event), position. Positions: of a start event ``process``,
#: ``sub_process``, ``event_interrupting``, ``event_non_interrupting``; of a boundary event ``interrupting``,
#: ``non_interrupting``; otherwise empty.
SUPPORTED: Final[frozenset[tuple[str, str, str]]] = frozenset(
    {
        *((tag, "", "") for tag in ("task", "userTask", "manualTask", "serviceTask", "scriptTask")),
        *((tag, "", "") for tag in ("businessRuleTask", "sendTask", "receiveTask")),
        *((tag, "", "") for tag in ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway")),
        *((tag, "", "") for tag in ("subProcess", "transaction", "callActivity")),
        ("startEvent", "none", "process"),
        ("startEvent", "message", "process"),
        ("startEvent", "none", "sub_process"),
        *(("startEvent", kind, "event_non_interrupting") for kind in ("timer", "message", "signal", "conditional")),
        ("startEvent", "escalation", "event_non_interrupting"),
        *(("startEvent", kind, "event_interrupting") for kind in ("timer", "message", "signal", "conditional")),
        *(("startEvent", kind, "event_interrupting") for kind in ("error", "escalation")),
        *(("endEvent", kind, "") for kind in ("none", "error", "escalation", "message", "signal", "terminate")),
        ("endEvent", "cancel", ""),
        *(("intermediateCatchEvent", kind, "") for kind in ("timer", "message", "signal", "conditional", "link")),
        *(("intermediateThrowEvent", kind, "") for kind in ("none", "message", "signal", "escalation", "link")),
        *(("boundaryEvent", kind, "interrupting") for kind in ("timer", "message", "signal", "conditional")),
        *(("boundaryEvent", kind, "interrupting") for kind in ("error", "escalation", "cancel")),
        *(("boundaryEvent", kind, "non_interrupting") for kind in ("timer", "message", "signal", "conditional")),
        ("boundaryEvent", "escalation", "non_interrupting"),
    }
)

#: Ways an activity may repeat.
SUPPORTED_LOOPS: Final[frozenset[str]] = frozenset({"standard", "parallel", "sequential"})
