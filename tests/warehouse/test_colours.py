"""The colours of the pages, computed: text is read on every ground, shades are told apart by every eye.

Contrast is that of WCAG 2; eyes that lack a cone are simulated by Machado, Oliveira and Fernandes (2009), severity 1;
distances are those of OKLab (Ottosson 2020), times 100: 2 is just seen, 6 is seen at a glance beside each other.
"""

import re
from importlib.resources import files
from itertools import combinations, pairwise

import numpy as np
import pytest

CSS = (files("warehouse.dashboard") / "static" / "page.css").read_text("utf-8")
EYES = {
    "common": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

HEAT = ["r0", "r1", "r2", "r3", "r4"]
VERDICTS = ["good", "warn", "bad", "none"]
GROUNDS = ["good-soft", "warn-soft", "bad-soft"]
ATTRIBUTIONS = ["bad", "c1", "c2", "c7", "none"]
LINES = [f"c{n}" for n in range(1, 9)]


def colours(theme: str) -> dict[str, str]:
    """The colours of a theme by name."""
    block = re.search(rf"{re.escape(theme)} \{{(.+?)\}}", CSS, re.S)
    assert block
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1]))


def linear(colour: str) -> np.ndarray:
    """Light of red, green and blue, 0 to 1."""
    value = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """The ratio of luminances, 1 to 21."""
    dark, light = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def seen(colour: str, eye: np.ndarray) -> np.ndarray:
    """A colour in OKLab, times 100, as an eye sees it."""
    return 100 * _LAB @ np.cbrt(_LMS @ np.clip(eye @ linear(colour), 0, 1))


def distance(one: str, other: str) -> float:
    """How far apart two colours are for the eye that sees least of it."""
    return min(float(np.linalg.norm(seen(one, eye) - seen(other, eye))) for eye in EYES.values())


@pytest.fixture(params=[":root", ':root[data-theme="dark"]'], ids=["light", "dark"])
def palette(request: pytest.FixtureRequest) -> dict[str, str]:
    """The colours of a theme."""
    return colours(request.param)


def test_text_can_be_read_on_every_ground(palette):
    """Body text reaches 4.5 on each ground there is, quiet text and links on those of the page."""
    grounds = ["back", "soft", "blue-soft", "violet-soft", *GROUNDS, *HEAT]
    for ground in grounds:
        assert contrast(palette["text"], palette[ground]) >= 4.5, ground
    for name in ("soft-text", "link", "bad"):
        for ground in ("back", "soft"):
            assert contrast(palette[name], palette[ground]) >= 4.5, (name, ground)
    assert contrast(palette["mark-text"], palette["mark"]) >= 7


def test_the_heat_scale_is_one_of_lightness(palette):
    """Each step is darker (in the dark: lighter) than the one before, and seen; its ends are far apart."""
    light = [seen(palette[name], EYES["common"])[0] for name in HEAT]
    steps = [after - before for before, after in pairwise(light)]
    assert all(step < -4 for step in steps) or all(step > 4 for step in steps), steps
    assert min(distance(palette[a], palette[b]) for a, b in pairwise(HEAT)) >= 4.5
    assert distance(palette["r0"], palette["r4"]) >= 25


@pytest.mark.parametrize("scale", [VERDICTS, GROUNDS, ATTRIBUTIONS], ids=["verdicts", "grounds", "attributions"])
def test_states_are_told_apart_by_every_eye(palette, scale):
    """Any two of a scale, for they lie beside each other."""
    least = 3.5 if scale is GROUNDS else 8  # grounds bear a sign and a word, too
    found = {(a, b): distance(palette[a], palette[b]) for a, b in combinations(scale, 2)}
    assert min(found.values()) >= least, min(found.items(), key=lambda item: item[1])


def test_lines_are_told_apart(palette):
    """Any two of the first four lines of a chart, and each one of the eight from the next; those from the ground."""
    for a, b in [*combinations(LINES[:4], 2), *pairwise(LINES)]:
        assert distance(palette[a], palette[b]) >= 8, (a, b)
    for name in LINES[:4]:
        assert contrast(palette[name], palette["back"]) >= 1.9, name
