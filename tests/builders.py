"""Invented people, employers and accidents, ready to be handed in; a test changes what it is about."""

from typing import Any


def an_application(**changes: Any) -> dict[str, Any]:
    """Give the fields of a complete application: an employer applies for a fall in its workshop.

    Args:
        **changes: by fact name with ``__`` for the dot (``worker__name="李四"``); null takes a field away.
    """
    given: dict[str, Any] = {
        "application.received_on": "2026-11-06",
        "application.lodged_by": "window",
        "tolling.claimed": False,
        "applicant.kind": "employer",
        "applicant.name": "昆明春城示例机械有限公司",
        "applicant.phone": "0871-60000001",
        "representative.appointed": False,
        "service_address.line": "昆明市五华区示例路1号",
        "service_address.recipient": "赵示例",
        "service_address.phone": "0871-60000001",
        "service_address.confirmed_on": "2026-11-06",
        "service_address.electronic_consent": False,
        "worker.identity_kind": "resident_id",
        "worker.identity_number": "53010219900101001X",
        "worker.name": "张伟",
        "worker.sex": "male",
        "worker.born_on": "1990-01-01",
        "worker.occupation": "车工",
        "worker.phone": "13800000000",
        "worker.address": "昆明市五华区示例巷2号",
        "worker.relation": "contract",
        "employer.name": "昆明春城示例机械有限公司",
        "employer.credit_code": "91530102MA6K000A07",
        "employer.unit_type": "enterprise",
        "employer.address": "昆明市五华区示例路1号",
        "employer.phone": "0871-60000001",
        "employer.registered_in_kunming": True,
        "employer.registered_in_zone": False,
        "employer.registered_office": "530102",
        "employer.operates_in_kunming": True,
        "employer.operating_in_zone": False,
        "employer.operating_office": "530102",
        "arrangement.kind": "direct",
        "jurisdiction.legal_city_case": False,
        "materials.received": ["application_form", "relation_proof", "diagnosis", "identity"],
        "insurance.status": "unit",
        "insurance.agency_level": "county",
        "insurance.agency_office": "530102",
        "accident.kind": "accident",
        "accident.happened_at": "2026-10-20T02:30:00Z",
        "accident.harm_appeared_later": False,
        "accident.serious_safety_accident": False,
        "accident.place": "一号车间",
        "accident.cause": "地面油污滑倒",
        "accident.process": "在车间操作车床时滑倒，右手腕着地受伤。",
        "injury.parts": "右手腕",
        "injury.degree": "右桡骨远端骨折",
        "injury.diagnosis": "右桡骨远端骨折",
        "injury.first_diagnosis_at": "2026-10-20T04:00:00Z",
        "injury.hospital": "示例医院",
        "injury.treatment": "石膏固定，门诊随诊",
        "injury.died": False,
    }
    for name, value in changes.items():
        key = name.replace("__", ".")
        if value is None:
            given.pop(key, None)
        else:
            given[key] = value
    return given
