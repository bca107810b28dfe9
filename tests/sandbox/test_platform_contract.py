"""The sandbox keeps the contract: every path is served, every answer has the form that openapi.yml gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, settings

import bot.rides
from bot.rides import answers, schemas
from sandbox.app import create_app
from sandbox.settings import SandboxSettings
from sandbox.testing import RunningSandbox, running_sandbox

CONTRACT_FILE = Path(bot.rides.__file__).with_name("openapi.yml")
CONTRACT: dict[str, Any] = yaml.safe_load(CONTRACT_FILE.read_text(encoding="utf-8"))
METHODS = {"get", "post", "put", "delete"}
OPERATIONS = [
    (path, method, operation)
    for path, item in CONTRACT["paths"].items()
    for method, operation in item.items()
    if method in METHODS
]
contract = schemathesis.openapi.from_path(str(CONTRACT_FILE))


@pytest.fixture(scope="module")
def beaten() -> Any:
    """A sandbox of its own: generated requests leave it in any state."""
    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def served_paths() -> dict[str, Any]:
    return create_app(SandboxSettings()).openapi()["paths"]


@pytest.mark.parametrize(("path", "method"), [(path, method) for path, method, _ in OPERATIONS])
def test_every_operation_of_the_contract_is_served(
    served_paths: dict[str, Any], path: str, method: str
) -> None:
    assert method in served_paths.get(path, {})


def test_the_sandbox_serves_nothing_beside_the_contract_and_the_demo(served_paths: dict[str, Any]) -> None:
    beside = {path for path in served_paths if not path.startswith("/demo") and path not in CONTRACT["paths"]}
    assert beside == set()


@pytest.mark.parametrize(
    ("path", "operation"),
    [(path, operation) for path, method, operation in OPERATIONS if method == "post"],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_post_that_acts_asks_for_an_idempotency_key(
    http: httpx.Client, path: str, operation: dict[str, Any]
) -> None:
    only_answers = path in ("/quotes", "/codes/verify", "/trips/confirm")
    named = [each.get("$ref", "") for each in operation.get("parameters", [])]
    assert ("#/components/parameters/IdempotencyKey" in named) is not only_answers
    answer = http.post(path, json={})
    code = answer.json()["error"]["code"]
    assert (code == "idempotency_key_missing") is not only_answers


def shape(schema: dict[str, Any]) -> tuple[set[str], set[str]]:
    """(all fields, required fields), through $ref and allOf."""
    if "$ref" in schema:
        return shape(CONTRACT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    fields, required = set(schema.get("properties", {})), set(schema.get("required", []))
    for part in schema.get("allOf", []):
        more, needed = shape(part)
        fields, required = fields | more, required | needed
    return fields, required


WIRE_TYPES = {
    name: getattr(schemas, name, None) or getattr(answers, name, None)
    for name, schema in CONTRACT["components"]["schemas"].items()
    if schema.get("type", "object") == "object"
}
NOT_READ = {"Error", "PlaceInput", "PassengerInput"}


@pytest.mark.parametrize("name", sorted(set(WIRE_TYPES) - NOT_READ))
def test_the_clients_types_have_the_contracts_fields(name: str) -> None:
    model = WIRE_TYPES[name]
    assert model is not None, f"{name} has no type"
    fields, required = shape({"$ref": f"#/components/schemas/{name}"})
    known = {field.alias or own: field for own, field in model.model_fields.items()}
    assert set(known) == fields
    assert {own for own, field in known.items() if field.is_required()} <= required


@contract.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_answers_to_generated_requests_have_the_contracts_form(
    beaten: RunningSandbox, case: schemathesis.Case
) -> None:
    """Known ids replace half of the invented ones, so that acts get past "not found"."""
    known = {"trip_id": "t_hz_phone", "rider_id": "r_lin", "driver_id": "d_wang"}
    for name, identifier in known.items():
        if name in case.path_parameters and len(str(case.path_parameters[name])) % 2 == 0:
            case.path_parameters[name] = identifier
    answer = case.call(base_url=beaten.url, headers={"X-Platform-Key": beaten.key})
    assert answer.status_code < 500
    case.validate_response(
        answer,
        checks=[
            schemathesis.checks.not_a_server_error,
            schemathesis.specs.openapi.checks.response_schema_conformance,
            schemathesis.specs.openapi.checks.content_type_conformance,
        ],
    )


class TestSeededAnswers:
    """Answers that hold much, against the contract's schemas."""

    @pytest.mark.parametrize(
        "path",
        [
            "/trips/t_hz_live",
            "/trips/t_hz_detour",
            "/trips/t_hk_noshow",
            "/trips/t_sg_later",
            "/trips/t_sh_late",
            "/trips/t_hk_fee/cancellation-terms",
            "/trips/t_ld_unpaid/payments",
            "/trips/t_sh_refund/refunds",
            "/riders/r_noah",
            "/riders/r_lin/promotions",
            "/drivers/d_yu/dispatch-hold",
            "/drivers/d_yu",
            "/trips?account=r_ravi",
            "/trips/t_sh_mother/contacts?reference=V-1",
            "/riders/r_lin/emergency-contacts?reference=V-1",
            "/places?query=airport",
        ],
    )
    def test_they_have_the_contracts_form(self, http: httpx.Client, path: str) -> None:
        answer = http.get(path)
        assert answer.status_code == 200
        template = next(known for known in CONTRACT["paths"] if _fits(known, path.partition("?")[0]))
        contract[template]["GET"].validate_response(answer)


def _fits(template: str, path: str) -> bool:
    parts, given = template.split("/"), path.split("/")
    return len(parts) == len(given) and all(
        p.startswith("{") or p == g for p, g in zip(parts, given, strict=True)
    )
