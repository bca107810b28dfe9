"""Who may open a socket: the desk's own pages always, others by name."""

from __future__ import annotations

import pytest

from bot.kit.origins import Origins

COMPANY = "https://www.company.example"
HOME = "https://help.company.example"


def _asked(host: str, **headers: str) -> dict[str, str]:
    return {"HTTP_HOST": host, "wsgi.url_scheme": "http", **headers}


@pytest.mark.parametrize("allowed", [[], [COMPANY]])
class TestTheDesksOwnPages:
    def test_are_known_by_the_address_they_were_asked_for_at(self, allowed: list[str]) -> None:
        may = Origins(allowed, HOME)
        assert may("http://127.0.0.1:8080", _asked("127.0.0.1:8080"))
        assert not may("http://127.0.0.1:9999", _asked("127.0.0.1:8080"))

    def test_are_known_behind_a_proxy_that_ends_tls(self, allowed: list[str]) -> None:
        may = Origins(allowed, "http://127.0.0.1:8080")
        assert may(HOME, _asked("help.company.example"))
        assert may(HOME, _asked("desk:8080", HTTP_X_FORWARDED_HOST="help.company.example, inner"))
        assert Origins(allowed, HOME)(HOME, _asked("desk:8080"))


class TestOtherPages:
    def test_may_when_they_are_named_and_else_not(self) -> None:
        asked = _asked("help.company.example")
        assert Origins([COMPANY], HOME)(COMPANY, asked)
        assert not Origins([], HOME)(COMPANY, asked)
        assert not Origins([COMPANY], HOME)("https://evil.example", asked)
        assert not Origins([COMPANY], HOME)("null", asked)
        assert Origins(["*"], HOME)("https://evil.example", asked)
