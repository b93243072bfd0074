"""MaCo: the spectrum stays, the unit rises, and the picture is opaque where it mattered."""

from __future__ import annotations

import numpy as np
import pytest

import attrvis
from attrvis import images
from attrvis.errors import BadValue, UnknownName
from attrvis.optimisers import Nadam
from attrvis.param import MaCoImage
from attrvis.recipes import maco
from attrvis.recipes.traces import stretched, transparency
from attrvis.transforms import maco as maco_transforms


@pytest.fixture(scope="module")
def net():
    return attrvis.load("embedded")


@pytest.fixture(scope="module")
def drawn(net):
    return maco(net, "mixed3a:4", size=80, steps=16, crops=3)


def test_the_unit_rises_above_where_it_began(net, drawn):
    start = maco(net, "mixed3a:4", size=80, steps=1, crops=3, rate=1e-6)
    assert drawn.facts["objectives_reached"][0] > start.facts["objectives_reached"][0] + 0.05


def test_the_magnitudes_stay(drawn):
    """Whatever was drawn, the planes before the sigmoid fall off as the power law says."""
    from attrvis import filters

    picture = drawn.values["images"][0].astype(np.float64)
    planes = np.log(picture / (1 - picture)) @ np.linalg.inv(filters.COLOUR).T
    found = np.abs(np.fft.rfft2(planes[..., 0]))
    high, wide = np.meshgrid(np.fft.fftfreq(80), np.fft.rfftfreq(80), indexing="ij")
    inner = (wide > 0) & (wide < 0.5)
    flat = found * np.hypot(high, wide) ** 1.4
    assert np.std(flat[inner]) < 0.02 * np.mean(flat[inner])


def test_it_is_larger_than_the_network_sees_and_has_alpha(drawn):
    rgba = drawn.parts["maco-0"]
    assert rgba.shape == (80, 80, 4)
    assert rgba[..., 3].min() >= 0 and rgba[..., 3].max() == 1
    # The centres of the crops are normal about the middle.
    assert rgba[25:55, 25:55, 3].mean() > 1.5 * rgba[:8, :8, 3].mean()


def test_photos_give_their_magnitudes(net):
    plain, own = (
        maco(net, "mixed3a:4", size=64, steps=1, crops=1, photos=photos).values["images"]
        for photos in ((), [images.bundled(), images.bundled("chelsea")])
    )
    assert own.shape == plain.shape and not np.allclose(own, plain, atol=0.02)


def test_it_is_opaque_where_the_gradients_of_all_steps_were_large(net, drawn):
    chain = maco_transforms(net.image_size, count=3, share=(0.3, 0.6), noise=0.05)
    given = {"image": MaCoImage(), "optimizer": Nadam(rate=1.0), "transforms": chain, "seed": 0}
    again = attrvis.render(net, "mixed3a:4", size=80, steps=16, trace=True, **given)
    np.testing.assert_array_equal(drawn.values["gradients"], again.trace)
    np.testing.assert_array_equal(drawn.parts["maco-0"][..., 3:], transparency(again.trace[0]))


def test_masks_and_stretches_of_flat_pictures_are_finite():
    assert (transparency(np.zeros((3, 3, 3))) == 1).all()
    spike = np.zeros((9, 9, 1))
    spike[4, 4] = 5.0
    assert transparency(spike)[4, 4] == 1 and transparency(spike)[0, 0] == 0
    assert (stretched(np.full((3, 3, 3), 0.25)) == 0.25).all()


def test_several_are_drawn_each_for_itself(net):
    both = maco(net, ["logit:3", "mixed3a:4"], size=64, steps=2, crops=1, seed=5)
    alone = maco(net, "mixed3a:4", size=64, steps=2, crops=1, seed=6)
    assert both.facts["objectives"] == ["logit:3", "mixed3a:4"]
    np.testing.assert_array_equal(both.parts["maco-1"], alone.parts["maco-0"])


def test_another_optimiser_may_be_asked_for(net):
    plate = maco(net, "mixed3a:4", size=64, steps=1, crops=1, optimizer="adam")
    assert plate.facts["settings"]["optimizer"].startswith("Adam(")


@pytest.mark.parametrize("given", [{"crops": 0}, {"size": 0}, {"rate": -1.0}])
def test_bad_numbers_are_refused(net, given):
    with pytest.raises(BadValue):
        maco(net, "mixed3a:4", **{"size": 64, "steps": 1, **given})


def test_nothing_and_unknown_layers_are_refused(net):
    with pytest.raises(BadValue, match="nothing to draw"):
        maco(net, [])
    with pytest.raises(UnknownName):
        maco(net, "mixed9:1", steps=1)
