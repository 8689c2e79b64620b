"""Models validate themselves; disorder and streams are what they say."""

import dataclasses
import math

import numpy as np
import pytest

import statmech as sm
from statmech.disorder import rademacher_patterns
from statmech.models.dense import mean_power
from statmech.streams import substream, unit_key, unit_stream


def test_model_states_its_parameters():
    model = sm.Hopfield(alpha=0.05, T=1)
    assert repr(model) == "Hopfield(alpha=0.05, T=1.0)"
    assert model == sm.Hopfield(alpha=np.float64(0.05), T=1.0)
    with pytest.raises(AttributeError):
        model.T = 2.0
    with pytest.raises(TypeError):
        sm.Hopfield(0.05, 1.0)


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf, "0.1", None, True, 1j])
@pytest.mark.parametrize("name", ["alpha", "T"])
def test_bad_parameter_is_named_with_value_and_range(name, bad):
    with pytest.raises(ValueError, match=rf"{name} = .*must be a real number in \[0, inf\)"):
        sm.Hopfield(**{"alpha": 0.1, "T": 0.1, name: bad})


@pytest.mark.parametrize("T", [5e-324, 1e-310, 9.9e-301])
def test_temperature_whose_inverse_overflows_is_refused(T):
    with pytest.raises(ValueError, match="T must be 0, or at least 1e-300"):
        sm.Hopfield(alpha=0.1, T=T)
    assert sm.Hopfield(alpha=0.1, T=1e-300).T == 1e-300


@pytest.mark.parametrize("name", ["alpha", "T"])
@pytest.mark.parametrize("value", [5e-324, 9.9e-301, 1.1e150, 1e300])
def test_scale_whose_square_or_inverse_overflows_is_refused(name, value):
    with pytest.raises(ValueError, match=rf"{name} = .*{name} must be 0, or at least 1e-300 and at most 1e\+150"):
        sm.TeacherStudent(**{"alpha": 0.1, "T": 0.1, name: value})


@pytest.mark.parametrize("kind", [sm.SupervisedHebbian, sm.UnsupervisedHebbian, sm.StructuredHebbian, sm.DenseHebbian])
def test_order_is_bounded(kind):
    rest = {} if kind is sm.DenseHebbian else {"r": 0.5, "M": 10}
    with pytest.raises(ValueError, match="P must be an integer, between . and 1000000"):
        kind(P=10**400, gamma=0.1, T=0.1, **rest)


@pytest.mark.parametrize("kind", sm.MODELS.values())
def test_array_is_refused_by_the_name_of_the_parameter(kind):
    for field in dataclasses.fields(kind):
        legal = {"p": 3, "P": 4, "K": 2, "c": 2, "M": 10}
        values = {
            one.name: legal.get(one.name, 0.5) for one in dataclasses.fields(kind) if one.default is dataclasses.MISSING
        }
        for array in (np.array([0.1, 0.2]), np.array([3])):
            with pytest.raises(ValueError, match=rf"{field.name} = .* is not allowed: {field.name} must be"):
                kind(**(values | {field.name: array}))


def test_number_too_large_for_a_float_is_refused():
    with pytest.raises(ValueError, match=r"must be a real number in \[0, inf\)"):
        sm.Hopfield(alpha=10**400, T=0)


def test_number_of_patterns():
    assert sm.Hopfield(alpha=0.05, T=0).patterns(1000) == 50
    assert sm.Hopfield(alpha=0.0, T=0).patterns(1000) == 1
    with pytest.raises(ValueError, match="N = 1 is not allowed"):
        sm.Hopfield(alpha=0.1, T=0).patterns(1)


def test_patterns_are_fair_independent_and_reproducible():
    stream = unit_stream(7, "ab" * 16)
    xi = rademacher_patterns(300, 1000, stream)
    assert xi.shape == (300, 1000)
    assert xi.dtype == np.int8
    assert set(np.unique(xi)) == {-1, 1}
    np.testing.assert_array_equal(xi, rademacher_patterns(300, 1000, stream))
    assert not np.array_equal(xi, rademacher_patterns(300, 1000, substream(stream, 1)))
    # 45 standard errors of slack would hide a bias of 1e-3; five of a fair coin's do not
    assert abs(xi.mean()) < 5 / math.sqrt(xi.size)
    overlaps = (xi @ xi.T.astype(np.int32))[np.triu_indices(300, 1)] / math.sqrt(1000)
    assert overlaps.mean() == pytest.approx(0, abs=5 / math.sqrt(overlaps.size))
    assert overlaps.var() == pytest.approx(1, abs=5 * math.sqrt(2 / overlaps.size))


def test_keys_and_streams_depend_on_the_unit_alone():
    model = sm.Hopfield(alpha=0.05, T=0.3)
    key = unit_key(model, "sample", {"N": 100, "sample": 0})
    assert key == unit_key(model, "sample", {"sample": 0, "N": 100})
    others = [
        unit_key(model, "sample", {"N": 100, "sample": 1}),
        unit_key(model, "theory", {"N": 100, "sample": 0}),
        unit_key(sm.Hopfield(alpha=0.05, T=0.31), "sample", {"N": 100, "sample": 0}),
    ]
    assert len({key, *others}) == 4
    draws = {int(unit_stream(s, k).generate_state(1)[0]) for s in (1, 2) for k in (key, *others)}
    assert len(draws) == 8


def test_substreams_leave_no_trace():
    stream = np.random.SeedSequence([1, 2])
    first = substream(stream, 0).generate_state(4)
    substream(stream, 1)
    np.testing.assert_array_equal(first, substream(stream, 0).generate_state(4))
    assert not np.array_equal(first, substream(stream, 0, 0).generate_state(4))


def test_spin_glass_models_state_their_parameters():
    assert repr(sm.SherringtonKirkpatrick(T=0.5)) == "SherringtonKirkpatrick(T=0.5, h=0.0)"
    assert repr(sm.PSpin(p=3, T=0)) == "PSpin(p=3, T=0.0, h=0.0)"
    assert sm.RandomEnergy(T=1) == sm.RandomEnergy(T=1.0)
    with pytest.raises(ValueError, match=r"p = 2 is not allowed.*SherringtonKirkpatrick"):
        sm.PSpin(p=2, T=1)
    with pytest.raises(ValueError, match="p = 3.0 is not allowed: p must be an integer, between 3 and"):
        sm.PSpin(p=3.0, T=1)
    with pytest.raises(ValueError, match="h = nan is not allowed"):
        sm.SherringtonKirkpatrick(T=1, h=math.nan)


def test_models_go_by_the_names_of_their_files():
    for name, model in sm.MODELS.items():
        assert model.system == name
        file = "learning" if issubclass(model, (sm.SupervisedHebbian, sm.UnsupervisedHebbian)) else name
        assert model.__module__ == f"statmech.models.{file}"


def test_number_of_patterns_of_a_dense_network_follows_its_indices():
    model = sm.DenseHebbian(P=4, gamma=0.1, T=0.2)
    assert model.patterns(100) == round(0.1 * 99 * 98 * 97 / 6)
    assert sm.DenseHebbian(P=4, gamma=0.1, T=0.2, indices="repeated").patterns(100) == round(0.1 * 1e6 / 6)
    assert sm.DenseHebbian(P=6, gamma=0.0, T=0.2).patterns(20) == 1


@pytest.mark.parametrize(
    ("P", "reason"),
    [(2, "statmech.Hopfield"), (3, "must be even"), (7, "must be even"), (1, "between 4 and"), (4.0, "integer")],
)
def test_order_of_a_dense_network_is_refused_with_the_reason(P, reason):
    with pytest.raises(ValueError, match=f"P = {P} is not allowed: .*{reason}"):
        sm.DenseHebbian(P=P, gamma=0.1, T=0.2)
    with pytest.raises(ValueError, match="indices = 'all' is not allowed"):
        sm.DenseHebbian(P=4, gamma=0.1, T=0.2, indices="all")


@pytest.mark.parametrize("learning", [sm.SupervisedHebbian, sm.UnsupervisedHebbian])
def test_learning_networks_state_their_dataset(learning):
    model = learning(P=4, gamma=0.02, T=0.1, r=0.5, M=20)
    assert model.rho == pytest.approx(0.75 / (20 * 0.25))
    assert pytest.approx(model.r**2 * (1 + model.rho)) == model.R
    assert model.patterns(100) == sm.DenseHebbian(P=4, gamma=0.02, T=0.1).patterns(100)
    assert learning(P=2, gamma=0.1, T=0, r=1, M=5).patterns(100) == 10
    endless = learning(P=4, gamma=0.02, T=0.1, r=0.5, M=math.inf)
    assert (endless.rho, endless.R) == (0.0, 0.25)
    assert learning(P=4, gamma=0.02, T=0.1, r=1, M=3).rho == 0
    assert unit_key(endless, "theory", {}) != unit_key(model, "theory", {})
    for name, bad, reason in (
        ("M", 0, "between 1 and .*, or infinity"), ("M", 2.5, "or infinity"), ("M", math.nan, "or infinity"),
        ("r", 0.0, r"in \[1e-25, 1\]"), ("r", 1.1, r"in \[1e-25, 1\]"), ("P", 3, "even"), ("gamma", -1, "real number"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=f"{name} = {bad} is not allowed: .*{reason}"):
            learning(**{"P": 4, "gamma": 0.02, "T": 0.1, "r": 0.5, "M": 20, name: bad})


def test_load_scales_with_the_noise_of_the_examples():
    assert sm.UnsupervisedHebbian(P=4, gamma=0.02, T=0, r=0.5, M=20).kappa == pytest.approx(7.861607, abs=5e-7)
    assert sm.UnsupervisedHebbian(P=6, gamma=0.02, T=0, r=0.6, M=20).kappa == pytest.approx(14.350070, abs=5e-7)
    assert sm.UnsupervisedHebbian(P=4, gamma=0.02, T=0, r=0.5, M=math.inf).kappa == 1


def test_multitasking_models_state_their_parameters():
    model = sm.Multitasking(K=3, d=0, T=1)
    assert repr(model) == "Multitasking(K=3, d=0.0, T=1.0)"
    assert model.patterns(100) == 3
    assert sm.DilutedHopfield(alpha=0.02, d=0.2, T=0.25).patterns(1000) == 20
    assert sm.DilutedHopfield(alpha=0, d=0.2, T=0.25).patterns(1000) == 1
    assert sm.ExtremelyDiluted(c=2, alpha=0.5, T=0).patterns(11) == 6
    for name, bad, reason in (
        ("K", 0, "must be an integer, at least 1"),
        ("K", 2.0, "must be an integer"),
        ("d", 1.0, r"must be a real number in \[0, 1\)"),
        ("d", -0.1, r"in \[0, 1\)"),
        ("T", -1, r"in \[0, inf\)"),
    ):
        with pytest.raises(ValueError, match=f"{name} = {bad} is not allowed: {name} .*{reason}"):
            sm.Multitasking(**{"K": 3, "d": 0.5, "T": 0.1, name: bad})
    with pytest.raises(ValueError, match=r"c = 0 is not allowed: c must be a real number in \(0, inf\)"):
        sm.ExtremelyDiluted(c=0, alpha=0.5, T=0.1)
    with pytest.raises(ValueError, match=r"alpha = 0 is not allowed: alpha must be a real number in \(0, inf\)"):
        sm.ExtremelyDiluted(c=1, alpha=0, T=0.1)


def test_datasets_of_examples():
    parameters = {"K": 2, "d": 0.3, "T": 0.1, "r": 0.4, "M": 5}
    model = sm.MultitaskingLearning(**parameters)
    assert model.protocol == "supervised"
    assert model.rho == pytest.approx((1 - 0.16) / (5 * 0.16))
    assert sm.MultitaskingLearning(**parameters | {"M": math.inf}).rho == 0
    assert sm.MultitaskingLearning(**parameters | {"r": 1}).rho == 0
    for name, bad, reason in (
        ("M", 0, "M must be an integer, between 1 and 2147483647, or infinity"),
        ("M", 2.5, "or infinity"),
        ("M", -math.inf, "or infinity"),
        ("M", math.nan, "or infinity"),
        ("M", 10**400, "or infinity"),
        ("r", 0, r"r must be a real number in \[1e-50, 1\]"),
        ("protocol", "teacher", "protocol must be one of 'supervised', 'unsupervised'"),
    ):
        with pytest.raises(ValueError, match=reason):
            sm.MultitaskingLearning(**parameters | {name: bad})


def test_key_of_an_infinite_dataset():
    model, finite = (sm.MultitaskingLearning(K=2, d=0.3, T=0.1, r=0.4, M=M) for M in (math.inf, 5))
    assert unit_key(model, "theory", {}) != unit_key(finite, "theory", {})


def test_perceptrons_state_their_parameters():
    assert repr(sm.BinaryPerceptron(alpha=0.5)) == "BinaryPerceptron(alpha=0.5, kappa=0.0, T=0.0)"
    assert repr(sm.SphericalPerceptron(alpha=1, kappa=-0.5)) == "SphericalPerceptron(alpha=1.0, kappa=-0.5, T=0.0)"
    assert sm.TeacherStudent(alpha=1) == sm.TeacherStudent(alpha=1.0, T=0)
    for model in (sm.BinaryPerceptron, sm.SphericalPerceptron, sm.TeacherStudent):
        assert model(alpha=0.5).patterns(1001) == 500
        assert (model(alpha=0).patterns(11), model(alpha=0.05).patterns(11)) == (0, 1)
        with pytest.raises(ValueError, match=r"alpha = -0.5 is not allowed: alpha must be a real number in \[0, inf\)"):
            model(alpha=-0.5)
        with pytest.raises(ValueError, match=r"T = nan is not allowed"):
            model(alpha=0.5, T=math.nan)
        with pytest.raises(ValueError, match="N = 0 is not allowed"):
            model(alpha=0.5).patterns(0)
    for model in (sm.BinaryPerceptron, sm.SphericalPerceptron):
        with pytest.raises(ValueError, match=r"kappa = 8.5 is not allowed: kappa must be a real number in \[-8, 8\]"):
            model(alpha=0.5, kappa=8.5)


@pytest.mark.parametrize("N", [8, 11])
@pytest.mark.parametrize("P", [4, 6])
def test_mean_power_over_all_states(N: int, P: int) -> None:
    powers = sum(math.comb(N, k) * (2 * k - N) ** P for k in range(N + 1))
    assert mean_power(N, P) * 2**N == powers
    assert mean_power(N, 4) == 3 * N**2 - 2 * N


def test_continual_perceptron_states_its_parameters():
    model = sm.ContinualPerceptron(alpha1=1, alpha2=0.5, r0=-0.5, beta2=20)
    assert model == sm.ContinualPerceptron(
        alpha1=1.0, alpha2=0.5, r0=-0.5, beta1=math.inf, beta2=20.0, gamma1=1.0, gamma2=1.0
    )
    assert model.patterns(1001) == (1001, 500)
    assert model.flips(1000) == 750
    assert model.T == 0.05
    single = sm.ContinualPerceptron(alpha1=0.001)
    assert (single.alpha2, single.T, single.patterns(11)) == (0, 0, (1, 0))
    assert unit_key(single, "theory", {}) != unit_key(sm.ContinualPerceptron(alpha1=0.001, beta1=1e9), "theory", {})
    for name, bad, reason in (
        ("alpha1", -0.1, r"must be a real number in \[0, inf\)"),
        ("gamma2", math.inf, r"must be a real number in \[0, inf\)"),
        ("r0", 1.1, r"must be a real number in \[-1, 1\]"),
        ("beta1", 0, "must be a positive number, or math.inf"),
        ("beta2", math.nan, "must be a positive number, or math.inf"),
    ):
        with pytest.raises(ValueError, match=f"{name} = {bad} is not allowed: {name} {reason}"):
            sm.ContinualPerceptron(**{"alpha1": 1.0, name: bad})


def test_model_at_another_temperature():
    assert sm.models.at_temperature(sm.Hopfield(alpha=0.1, T=0.2), 0.5) == sm.Hopfield(alpha=0.1, T=0.5)
    with pytest.raises(ValueError, match="each of its tasks has a temperature of its own"):
        sm.models.at_temperature(sm.ContinualPerceptron(alpha1=1), 0.5)
