"""The axioms of attribution, asked of every method on random networks and images.

A method keeps an axiom unless `axioms.BROKEN` says that its definition breaks it; then it is seen
to break it, so that the list stays true.
"""

from __future__ import annotations

import warnings
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attrvis.attribution import TABLE, IntegratedGradients
from attrvis.attribution.influence.distributions import Line
from attrvis.attribution.paths import xrai
from attrvis.attribution.quadrature import NAMES
from attrvis.errors import AttrVisWarning
from tests.attribution.axioms import (
    BROKEN,
    CHANNELLESS,
    DEGREES,
    PROMISES,
    RANDOM,
    Drawn,
    mixture,
    photos,
)
from tests.attribution.test_conformance import ROWS, SMALL

ASKED = [row.name for row in ROWS]
EVERY = pytest.mark.parametrize("name", ASKED)
# The axioms hold of any number of steps, so a few will do.
QUICK = {
    **SMALL,
    "averaged-baselines": {"method": IntegratedGradients(steps=4)},
    "integrated-gradients": {"steps": 6},
    "internal-influence": {"distribution": "line:6"},
    "aumann-shapley": {"points": 4, "baseline": "constant:0.1"},
    "conductance": {"steps": 6},
    "ig-through": {"steps": 4},
    "blur-ig": {"steps": 8},
    # From an even picture all gradients are alike, and the last bit chooses what moves first.
    "guided-ig": {"steps": 4, "baseline": "blurred:0.2"},
    "idgi": {"steps": 6},
    "xrai": {"steps": 4},
    "smooth-taylor": {"samples": 3},
}
FEW = settings(max_examples=2)
SEEDS = st.integers(0, 10**6)
SIZES = st.floats(-3, 3).filter(lambda n: abs(n) > 0.2)
OF, OTHER = (0, 1, 2), (1, 3, 0)
CLOSE, APART = 2e-5, 1e-3


@pytest.fixture(scope="module", autouse=True)
def small_segments():
    """Segment at 64 pixels: XRAI's axioms do not hang on the size at which it looks at a photo."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xrai, "_SIDE", 64)
        yield


@pytest.fixture(scope="module")
def drawn():
    return Drawn()


@pytest.fixture(scope="module")
def folded():
    return Drawn(norm=False)


@pytest.fixture(scope="module")
def smooth():
    return Drawn(activation="tanh")


def explain(name, net, images, a=1.0, b=0.0, c=0.0, **given):
    """Attribute `a * one logit + b * another + c`, in float64."""
    asked = {k: given.pop(k) for k in ("layer", "seed") if k in given}
    method = TABLE[name](**{**QUICK.get(name, {}), **given})
    target = mixture(a, b, c, OF, OTHER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AttrVisWarning)
        return method(net, images, target=target, **asked)


def values(*args, **given):
    return explain(*args, **given).values.astype(np.float64)


def apart(found, wanted, scale=None):
    """Compare with the largest number as the measure; two maps of zeros agree."""
    largest = max(np.abs(found).max(), np.abs(wanted).max()) if scale is None else scale
    return np.abs(found - wanted).max() / max(largest, 1e-30)


def linearity(name, drawn, folded, seed, a=1.5, b=-0.7):
    net, x = drawn.draw(seed), photos(seed)
    one, other = values(name, net, x), values(name, net, x, 0.0, 1.0)
    size = max(np.abs(a * one).max(), np.abs(b * other).max())
    return apart(values(name, net, x, a, b), a * one + b * other, size)


def constant(name, drawn, folded, seed, c=5.0):
    net, x = drawn.draw(seed), photos(seed)
    return apart(values(name, net, x, c=c), values(name, net, x))


def mirror(name, drawn, folded, seed):
    """A network that sees no difference between left and right explains the mirrored image so."""
    net, x = drawn.draw(seed, mirrored=True), photos(seed)
    return apart(values(name, net, x[:, :, ::-1]), values(name, net, x)[:, :, ::-1])


def folding(name, drawn, folded, seed):
    """Whether a normalisation stands by itself or in the convolution before it."""
    x, where = photos(seed), {}
    if TABLE.row(name).family == "cams" and name != "guided-grad-cam":
        where = {"layer": "second"}
    one, other = (values(name, n.draw(seed), x, **where) for n in (drawn, folded))
    return apart(one, other)


def dummy(name, drawn, folded, seed, blind=1):
    """How much a channel with weights of zero gets, of what the most important number gets."""
    more = {}
    if TABLE.row(name).family == "perturbation":
        more["window"] = (2, 2, 1)
    if "stride" in QUICK.get(name, {}):
        more["stride"] = (2, 2, 1)
    net, x = drawn.draw(seed, blind=blind), photos(seed)
    found = np.abs(values(name, net, x, layer="input", **more))
    assert found.shape == x.shape and found.max() > 0
    return found[..., blind].max() / found.max()


AXIOMS = {
    "linearity": linearity,
    "constant": constant,
    "mirror": mirror,
    "folding": folding,
    "dummy": dummy,
}


def test_what_is_told_is_of_methods_that_exist():
    told = {*RANDOM, *DEGREES, *PROMISES}.union(*BROKEN.values())
    assert told <= {row.name for row in ROWS} and set(BROKEN) == set(AXIOMS)


@pytest.mark.parametrize(
    ("axiom", "name"), [(a, n) for a, names in BROKEN.items() for n in sorted(names)]
)
def test_what_is_told_to_break_an_axiom_breaks_it(axiom, name, drawn, folded):
    assert max(AXIOMS[axiom](name, drawn, folded, seed) for seed in (1, 2)) > APART


def keeping(axiom):
    return pytest.mark.parametrize("name", [n for n in ASKED if n not in BROKEN[axiom]])


@keeping("linearity")
@FEW
@given(seed=SEEDS, a=SIZES, b=SIZES)
def test_linearity(name, drawn, folded, seed, a, b):
    """What explains `a f + b g` is a times what explains f and b times what explains g."""
    assert linearity(name, drawn, folded, seed, a, b) < CLOSE


@keeping("constant")
@FEW
@given(seed=SEEDS, c=st.floats(-9, 9))
def test_a_constant_of_the_target_explains_nothing(name, drawn, folded, seed, c):
    assert constant(name, drawn, folded, seed, c) < CLOSE


@keeping("mirror")
@FEW
@given(seed=SEEDS)
def test_symmetry(name, drawn, folded, seed):
    """Numbers that a network cannot tell apart are explained alike."""
    assert mirror(name, drawn, folded, seed) < CLOSE


@keeping("folding")
@FEW
@given(seed=SEEDS)
def test_implementations_that_compute_the_same_are_explained_alike(name, drawn, folded, seed):
    assert folding(name, drawn, folded, seed) < CLOSE


@FEW
@given(seed=SEEDS)
def test_signed_full_gradients_do_not_see_how_a_bias_is_written(drawn, folded, seed):
    """Two biases in a row, each with its gradient, are the one that they come to."""
    x = photos(seed)
    one, other = (values("full-grad", n.draw(seed), x, signed=True) for n in (drawn, folded))
    assert apart(one, other) < CLOSE


@EVERY
@FEW
@given(seed=SEEDS, size=st.floats(0.2, 8))
def test_values_grow_with_the_target(name, drawn, seed, size):
    degree = DEGREES.get(name, 1)
    net, x = drawn.draw(seed), photos(seed)
    found, one = values(name, net, x, size), values(name, net, x)
    if degree is None:
        assert np.all(np.isfinite(found)) and np.sign(found).any() == np.sign(one).any()
    else:
        assert apart(found, size**degree * one) < CLOSE


@pytest.mark.parametrize("name", [n for n in ASKED if n not in CHANNELLESS | BROKEN["dummy"]])
@FEW
@given(seed=SEEDS, blind=st.integers(0, 2))
def test_what_the_network_does_not_see_gets_nothing(name, drawn, folded, seed, blind):
    """A difference of scores, where no gradient is asked, is zero but for rounding."""
    assert dummy(name, drawn, folded, seed, blind) <= 1e-5


@EVERY
def test_a_seed_decides_what_is_drawn_and_nothing_else(name, drawn):
    net, x = drawn.draw(1), photos(1)
    first, others = values(name, net, x, seed=0), [values(name, net, x, seed=s) for s in (1, 2, 3)]
    moved = max(apart(other, first) for other in others)
    assert moved > APART if name in RANDOM else moved == 0
    np.testing.assert_array_equal(values(name, net, x, seed=3), others[-1])


@EVERY
@FEW
@given(seed=SEEDS, order=st.permutations(range(3)))
def test_an_image_does_not_see_its_neighbours(name, drawn, seed, order):
    """However they are ordered, and however often one comes."""
    net, x = drawn.draw(seed), photos(seed)
    order = [*order, order[0]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AttrVisWarning)
        method = TABLE[name](**QUICK.get(name, {}))
        whole = method(net, x, target=list(OF)).values
        moved = method(net, x[order], target=[OF[i] for i in order]).values
    for place, i in enumerate(order):
        assert apart(moved[place], whole[i]) < CLOSE


@pytest.mark.parametrize(
    "name", [n for n in ASKED if "batch_size" in {f.name for f in fields(TABLE[n]())}]
)
@FEW
@given(seed=SEEDS, rows=st.integers(1, 13))
def test_any_number_of_rows_at_once_gives_the_same(name, drawn, seed, rows):
    net, x = drawn.draw(seed), photos(seed)
    whole, parts = explain(name, net, x), explain(name, net, x, batch_size=rows)
    assert apart(parts.values, whole.values) < CLOSE
    assert (parts.evaluations, parts.forwards) == (whole.evaluations, whole.forwards)


@EVERY
@FEW
@given(seed=SEEDS)
def test_completeness_on_smooth_networks(name, drawn, smooth, seed):
    """Who promises it keeps it closely; the others promise nothing."""
    # Full gradients add up where all between the kinks is straight, and rules need kinks.
    bent = name == "full-grad" or name not in PROMISES
    net = (drawn if bent else smooth).draw(seed)
    made = explain(name, net, photos(seed), **PROMISES.get(name, {}))
    assert (made.change is not None) == (name in PROMISES)
    if name in PROMISES:
        missed = np.abs(made.values.sum((1, 2, 3), dtype=np.float64) - made.change)
        assert missed.max() < 1e-3 * max(np.abs(made.change).max(), 0.1)


ORDERS = {"left": 1, "right": 1, "trapezoid": 2, "midpoint": 2, "gauss-legendre": 9}


@pytest.mark.parametrize("rule", NAMES)
@FEW
@given(seed=SEEDS)
def test_quadratures_converge_with_their_order(rule, smooth, seed):
    """Four times the points: a fourth of the error, a sixteenth, or nothing but rounding."""
    net, x = smooth.draw(seed), photos(seed)
    exact = values("integrated-gradients", net, x, steps=64, quadrature="gauss-legendre")
    few, many = (values("integrated-gradients", net, x, steps=n, quadrature=rule) for n in (8, 32))
    # The trapezoid's points are one more than its steps, 7 and 31 of them.
    gone = apart(many, exact) / max(apart(few, exact), 1e-30)
    assert gone < 1.5 / 4 ** ORDERS[rule] or apart(many, exact) < 3e-6
    if rule != "gauss-legendre":
        assert gone > 0.5 / 4 ** ORDERS[rule]


@pytest.mark.parametrize("name", ["conductance", "blur-ig"])
@FEW
@given(seed=SEEDS)
def test_other_paths_converge(name, smooth, seed):
    net, x = smooth.draw(seed), photos(seed)
    few, many = (np.abs(explain(name, net, x, steps=n).gap).sum() for n in (8, 64))
    assert many < max(few / 8, 1e-4)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("integrated-gradients", {"steps": 24, "baseline": "constant:0.4"}),
        ("aumann-shapley", {"points": 24, "baseline": "constant:0.4"}),
        ("internal-influence", {"distribution": Line(24, from_="constant:0.4")}),
        ("conductance", {"steps": 96, "baseline": "constant:0.4", "layer": "input"}),
        ("guided-ig", {"steps": 300, "baseline": "constant:0.4"}),
        ("deep-lift", {"baseline": "constant:0.4"}),
        ("deep-lift-reveal-cancel", {"baseline": "constant:0.4"}),
        ("deep-shap", {"references": np.full((2, 8, 8, 3), 0.4, np.float32)}),
    ],
)
@FEW
@given(seed=SEEDS, at=st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 2)))
def test_the_one_number_that_differs_explains_all(name, more, smooth, seed, at):
    """Sensitivity: where image and baseline differ in one number, it gets the whole change."""
    net = smooth.draw(seed)
    x = np.full((1, 8, 8, 3), 0.4, np.float32)
    x[(0, *at)] = 1.0
    target = mixture(1.0, 0.0, 0.0, [0], [1])
    asked = dict(more)
    layer = asked.pop("layer", None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AttrVisWarning)
        made = TABLE[name](**asked)(net, x, target=target, layer=layer)
    change = np.subtract(*(net.run(i)["logits"].numpy()[0, 0] for i in (x, np.full_like(x, 0.4))))
    assert made.values[(0, *at)] == pytest.approx(change, rel=0.02, abs=2e-5)
    rest = made.values.copy()
    rest[(0, *at)] = 0
    assert np.abs(rest).max() <= 1e-6 * max(abs(change), 1e-3)
