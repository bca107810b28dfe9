"""App tokens: only what the company signed is believed."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from bot.errors import NotSignedIn
from bot.identity.schemas import Person
from bot.identity.tokens import person_from_app_token, sign_app_token
from bot.kit.now import MovableClock, now
from bot.settings import settings


def signed(claims: dict[str, object], secret: str | None = None, alg: str = "HS256") -> str:
    key = OctKey.import_key(secret or settings().app_token_secret)
    return jwt.encode({"alg": alg}, claims, key, algorithms=[alg])


def valid(**more: object) -> dict[str, object]:
    return {"sub": "r_1", "kind": "rider", "exp": int(now().timestamp()) + 600} | more


def part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def refused(token: str) -> None:
    with pytest.raises(NotSignedIn) as caught:
        person_from_app_token(token)
    assert caught.value.code == "app_token_invalid"


class TestAGoodToken:
    def test_names_a_rider(self) -> None:
        token = sign_app_token("r_lin", "rider", name="林晓雨", language="zh")
        assert person_from_app_token(token) == Person(
            role="rider", identity="token", rider_id="r_lin", name="林晓雨", language="zh"
        )

    def test_names_a_driver_and_no_rider(self) -> None:
        person = person_from_app_token(sign_app_token("d_7", "driver"))
        assert (person.role, person.driver_id, person.rider_id, person.name) == ("driver", "d_7", None, None)

    def test_lasts_as_long_as_it_says_and_no_longer(self, clock: MovableClock) -> None:
        token = sign_app_token("r_1", "rider", lasts=timedelta(hours=2))
        clock.move(2 * 3600 - 1)
        assert person_from_app_token(token).rider_id == "r_1"
        clock.move(62)
        refused(token)

    def test_control_characters_in_the_name_do_not_reach_the_database(self) -> None:
        assert person_from_app_token(signed(valid(name="Li\x00 Na\n"))).name == "Li  Na"


class TestABadToken:
    def test_signed_with_another_secret(self) -> None:
        refused(signed(valid(), secret="another-secret-of-enough-length-000"))

    def test_not_signed_at_all(self) -> None:
        refused(f"{part({'alg': 'none'})}.{part(valid())}.")
        refused(f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(valid())}.c2ln")

    def test_signed_with_another_algorithm(self) -> None:
        refused(signed(valid(), alg="HS512"))

    def test_claims_changed_after_signing(self) -> None:
        head, _, signature = signed(valid()).split(".")
        refused(f"{head}.{part(valid(sub='r_2'))}.{signature}")

    def test_without_an_end(self) -> None:
        claims = valid()
        del claims["exp"]
        refused(signed(claims))

    def test_valid_for_more_than_a_day(self) -> None:
        refused(signed(valid(exp=int(now().timestamp()) + 25 * 3600)))

    def test_not_yet_valid(self) -> None:
        refused(signed(valid(nbf=int(now().timestamp()) + 300)))

    @pytest.mark.parametrize(
        "claims",
        [
            {"kind": "staff"},
            {"kind": None},
            {"sub": ""},
            {"sub": 7},
            {"sub": "r 1"},
            {"lang": "fr"},
            {"exp": "soon"},
        ],
    )
    def test_claims_of_the_wrong_form(self, claims: dict[str, object]) -> None:
        refused(signed(valid(**claims)))

    @given(st.text(max_size=200) | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
    def test_any_text_is_refused_and_never_breaks(self, text: str) -> None:
        refused(text)


class TestSigning:
    def test_more_than_a_day_is_refused(self) -> None:
        with pytest.raises(ValueError, match="24 hours"):
            sign_app_token("r_1", "rider", lasts=timedelta(hours=25))

    def test_what_would_not_be_read_is_not_signed(self) -> None:
        with pytest.raises(ValueError, match="kind"):
            sign_app_token("r_1", "officer")
