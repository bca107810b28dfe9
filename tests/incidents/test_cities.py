"""The emergency number at a position: the country's whose ground it is, whatever city is nearest and whatever is spoken."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.app import build
from bot.incidents import cities
from bot.incidents.cities import place_at
from bot.incidents.emergency import Place, numbers_for
from bot.policy import policy
from bot.settings import Settings, settings
from tools.check_data import loads

# Where a border runs between a position and the nearest large city, or no known city is near.
AT = {
    "HK": {
        "Yuen Long": (22.445, 114.022), "Tuen Mun": (22.391, 113.976), "Tin Shui Wai": (22.461, 114.004),
        "Sheung Shui": (22.501, 114.128), "Lok Ma Chau": (22.5145, 114.0657), "Lo Wu": (22.5283, 114.1132),
        "the airport": (22.308, 113.918),
    },
    "CN": {
        "Futian": (22.518, 114.069), "Luohu": (22.5318, 114.1137), "Shekou": (22.4856, 113.9125),
        "Gongbei": (22.222, 113.553), "Hengqin": (22.130, 113.540), "the Zhuhai end of the bridge": (22.2095, 113.5815),
        "Gulangyu": (24.447, 118.065), "Dadeng": (24.560, 118.330), "Lhasa": (29.65, 91.14), "Urumqi": (43.83, 87.62),
        "Kashgar": (39.47, 75.99), "Guiyang": (26.65, 106.63), "Nanning": (22.82, 108.37), "Taiyuan": (37.87, 112.55),
    },
    "MO": {"Taipa": (22.156, 113.558), "Cotai": (22.141, 113.562), "Border Gate": (22.2135, 113.5495)},
    "TW": {"Kinmen": (24.440, 118.320), "Matsu": (26.160, 119.950)},
    "US": {
        "Chicago": (41.88, -87.63), "Detroit": (42.33, -83.05), "Niagara Falls": (43.094, -79.057),
        "El Paso": (31.76, -106.49),
    },
    "CA": {"Windsor": (42.317, -83.036), "Niagara Falls": (43.0896, -79.0849)},
    "GB": {"Birmingham": (52.48, -1.89), "Belfast": (54.597, -5.93), "Derry": (54.997, -7.32)},
    "IE": {"Dundalk": (54.0, -6.4)},
    "AU": {"Perth": (-31.95, 115.86)},
    "SG": {"Woodlands": (1.445, 103.769)},
    "MY": {"Johor Bahru": (1.4927, 103.7414)},
    "FR": {"Paris": (48.857, 2.352)},
}  # fmt: skip


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize(
    ("country", "where", "position"),
    [(country, where, position) for country, places in AT.items() for where, position in places.items()],
)
def test_the_number_is_that_of_the_ground_the_position_is_on(
    country: str, where: str, position: tuple[float, float], locale: str
) -> None:
    place = place_at(*position)
    assert place is not None and place["country"] == country, where
    there = Place(place["country"], place["city_name"].get(locale), place["area_code"], "position")
    shown = numbers_for(there, locale)
    listed = policy().emergency.get(country) or policy().emergency["default"]
    assert (shown["numbers"][0]["number"], shown["basis"]) == (listed.police, "position")


def test_the_text_number_is_of_a_city_on_the_same_side_of_the_border() -> None:
    gongbei, taipa, lhasa = place_at(22.222, 113.553), place_at(22.156, 113.558), place_at(29.65, 91.14)
    assert gongbei is not None and (gongbei["city_name"]["en"], gongbei["area_code"]) == ("Zhuhai", "0756")
    assert taipa is not None and (taipa["city_name"]["en"], taipa["area_code"]) == ("Macau", None)
    assert lhasa is not None and (lhasa["city_name"], lhasa["area_code"]) == ({}, None)


def test_the_high_seas_are_nobodys_and_a_ferry_is_its_citys() -> None:
    assert place_at(55.0, 3.0) is None
    ferry = place_at(37.5, -122.95)
    assert ferry is not None and ferry["country"] == "US"


class TestASlipInTheList:
    """data/cities.yml is read at start and by `make check`, where somebody looks; never first when a cry comes in."""

    @pytest.mark.parametrize(
        ("slip", "says"),
        [
            ({"lat": "north"}, "hangzhou.lat"),
            ({"lng": 1200.1}, "hangzhou.lng"),
            ({"en": None}, "hangzhou.en"),
            ({"country": "XX"}, "hangzhou: XX is no country"),
            ({"area_code": "call me"}, "hangzhou.area_code"),
        ],
    )
    def test_is_told_by_its_city_before_the_desk_starts(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slip: dict[str, Any], says: str
    ) -> None:
        shutil.copytree(settings().data, tmp_path / "data")
        file = tmp_path / "data" / "cities.yml"
        listed = yaml.safe_load(file.read_text())
        listed["hangzhou"].update(slip)
        file.write_text(yaml.safe_dump(listed, allow_unicode=True))
        assert [fault for fault in loads(tmp_path) if fault.startswith("data/cities.yml") and says in fault]
        chosen = Settings(env="test", var=tmp_path, data=tmp_path / "data")
        monkeypatch.setattr(cities, "settings", lambda: chosen)
        cities.cities.cache_clear()
        with pytest.raises(ValueError, match=says):
            build(chosen)
        assert place_at(30.27, 120.15) is None, (
            "a desk that runs takes no place, and the message all the same"
        )


@pytest.fixture(autouse=True)
def read_anew() -> Iterator[None]:
    yield
    cities.cities.cache_clear()
