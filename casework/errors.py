"""What casework refuses, in one tree; ``web`` maps it to words and HTTP statuses at one place.

``RequestError`` ← ``NotFoundError``, ``NotAllowedError``, ``TakenError``, ``InvalidFormError``, ``RefusedError``,
``SignInThrottledError``.
``IncidentError`` stands apart: the request was right and the machinery failed; the input is kept.
"""

from collections.abc import Mapping


class RequestError(Exception):
    """A request that law or rule refuses; nothing was changed.

    Attributes:
        code: stable word that ``web`` and the command line turn into a sentence.
        fields: what the sentence names.
    """

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(f"{code} {fields}" if fields else code)
        self.code = code
        self.fields = fields


class NotFoundError(RequestError):
    """It is not there, or the person may not know whether it is."""


class NotAllowedError(RequestError):
    """The person may see it and may not do this with it; ``code`` says why."""


class TakenError(RequestError):
    """Somebody was first.

    Attributes:
        who: name of the person who was.
        at: instant at which.
    """

    def __init__(self, code: str, who: str, at: str) -> None:
        super().__init__(code, who=who, at=at)
        self.who = who
        self.at = at


class InvalidFormError(RequestError):
    """A form has errors.

    Attributes:
        errors: error code by fact name, each with its parameters: ``{"worker.name": ("required", {})}``.
    """

    def __init__(self, errors: Mapping[str, tuple[str, Mapping[str, object]]]) -> None:
        super().__init__("invalid_form", errors=dict(errors))
        self.errors = dict(errors)


class RefusedError(RequestError):
    """The thing asked for is refused; ``code`` says why."""


class SignInThrottledError(RequestError):
    """Too many tries to sign in failed lately.

    Attributes:
        minutes: after which another try is let through.
    """

    def __init__(self, minutes: int) -> None:
        super().__init__("too_many_attempts", minutes=minutes)
        self.minutes = minutes


class IncidentError(Exception):
    """A step failed; its input is kept and an operator resubmits it.

    Attributes:
        incident: number of the incident.
        reason: one word.
    """

    def __init__(self, incident: str, reason: str) -> None:
        super().__init__(f"incident {incident}: {reason}")
        self.incident = incident
        self.reason = reason
