"""The photo that a recipe is about."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import attrvis
from attrvis.errors import BadValue, UnknownName
from attrvis.recipes.subject import activations, fitted_photo, from_silence, layer_list, part_name
from tests.toys import noise


@pytest.fixture(scope="module")
def net():
    return attrvis.load("embedded")


def test_a_photo_comes_in_every_form_and_at_every_size(net, tmp_path):
    photo = (255 * noise(70, 90, 3)).astype(np.uint8)
    Image.fromarray(photo).save(tmp_path / "a.png")
    made = [fitted_photo(net, one) for one in (photo, Image.fromarray(photo), tmp_path / "a.png")]
    assert made[0].shape == (64, 64, 3)
    assert np.array_equal(made[0], made[1]) and np.array_equal(made[0], made[2])
    assert fitted_photo(net, photo, (40, 50), "stretch").shape == (40, 50, 3)
    assert fitted_photo(net, photo, 96).shape == (96, 96, 3)


def test_activations_at_the_networks_size_are_what_it_runs(net):
    photo = noise(64, 64, 3)
    found = activations(net, photo, ["mixed3a", "mixed5a"])
    wanted = net.run(photo[None], read=["mixed3a", "mixed5a"])
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-4, atol=1e-5)


def test_activations_at_another_size_have_another_size(net):
    assert activations(net, noise(96, 96, 3), ["mixed3a"])["mixed3a"].shape[1:3] == (24, 24)
    assert len(activations(net, noise(2, 64, 64, 3), ["mixed3a"])["mixed3a"]) == 2


def test_what_is_wrong_is_said(net):
    with pytest.raises(UnknownName, match="mixed3a"):
        activations(net, noise(64, 64, 3), ["mixd3a"])
    with pytest.raises(BadValue, match="two sides"):
        fitted_photo(net, noise(8, 8, 3), (4, 4, 4))
    for layers in ([], ["a", "a"]):
        with pytest.raises(BadValue, match="at least one layer"):
            layer_list(layers, "A thing")


def test_names_of_parts_are_fit_for_files():
    assert part_name("a/b:0#1", "power 2", "ä") == "a_b_0_1-power_2-_"


def test_the_attribution_starts_from_silence(net):
    made = from_silence()(net, noise(1, 64, 64, 3), target=3, layer="mixed4a")
    assert not made.baseline.any()
    assert made.relative_gap.max() <= 0.01
