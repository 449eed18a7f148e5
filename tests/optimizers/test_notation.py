"""Optimizers written as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import SpecError
from playground.optimizers import OPTIMIZERS
from playground.optimizers.notation import optimizer_text, parse_optimizer, parse_optimizers


def test_names_and_settings():
    assert parse_optimizer("adam") == OPTIMIZERS["adam"]()
    assert parse_optimizer(" adam( ) ") == OPTIMIZERS["adam"]()
    written = parse_optimizer("adam(learning_rate=5e-2, beta1 = .8)")
    assert written == OPTIMIZERS["adam"](learning_rate=0.05, beta1=0.8)


def test_a_list_is_parted_outside_of_brackets():
    first, second, third = parse_optimizers("sgd, adam(beta1=0.8, beta2=0.9),rmsprop")
    assert (first, third) == (OPTIMIZERS["sgd"](), OPTIMIZERS["rmsprop"]())
    assert second == OPTIMIZERS["adam"](beta1=0.8, beta2=0.9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column 1: expected an optimizer's name, got the end"),
        ("adm", "column 1: unknown optimizer 'adm'; did you mean 'adam'?"),
        ("adam(", "column 6: expected a setting's name, got the end"),
        ("adam(beta1", "column 11: expected '=' after 'beta1', got the end"),
        ("adam(beta1=)", "column 12: expected a value, got ')'"),
        ("adam(beta1=0.8", "column 15: expected ',' or ')', got the end"),
        ("adam(beta1=0.8 beta2=0.9)", "column 16: expected ',' or ')', got 'beta2'"),
        ("adam(beta1=0.8, beta1=0.9)", "column 17: beta1: is given twice"),
        ("adam(kind=sgd)", "column 6: kind: is given twice"),
        ("adam(0.1)", "column 6: expected a setting's name, got '0.1'"),
        ("adam; sgd", "column 5: expected the end or a comma, got ';'"),
        ("adam(beta1=0.8x)", "column 12: expected a value, got '0.8x'"),
        ("adam(beta1=1.5)", "column 12: adam.beta1: must be < 1, got 1.5"),
        ("adam(beta1=fast)", "column 12: adam.beta1: must be a valid number"),
        ("adam(gamma=1)", "column 12: adam.gamma: unknown setting"),
        ("adam(beta1=__import__('os'))", "column 23: expected a setting's name, got \"'os'\""),
        ("adam(beta1=" + "a(b=" * 20, "must be nested at most 8 deep"),
    ],
)
def test_refusals_name_the_column(text, message):
    with pytest.raises(SpecError) as refusal:
        parse_optimizer(text)
    assert message in str(refusal.value)


def test_each_refused_value_has_its_own_line():
    with pytest.raises(SpecError) as refusal:
        parse_optimizers("sgd, adam(beta1=1.5, beta2=-1)")
    assert str(refusal.value).splitlines() == [
        "column 17: adam.beta1: must be < 1, got 1.5",
        "column 28: adam.beta2: must be ≥ 0, got -1",
    ]


@pytest.mark.parametrize("kind", list(OPTIMIZERS), ids=lambda kind: kind.name())
def test_what_is_written_is_read_back(kind):
    assert parse_optimizer(optimizer_text(kind())) == kind()


@given(st.floats(1e-300, 1e300), st.floats(0, 1, exclude_max=True))
def test_numbers_are_read_back_exactly(rate, beta):
    optimizer = OPTIMIZERS["adam"](learning_rate=rate, beta1=beta)
    assert parse_optimizer(optimizer_text(optimizer)) == optimizer


@given(st.text(alphabet="adam()=,. 0123456789e-+'\"_\n", max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        optimizers = parse_optimizers(text)
    except SpecError as error:
        refusal = str(error)
    else:
        refusal = "" if optimizers else "nothing was read"
    assert not refusal or "column" in refusal
