from __future__ import annotations

import inspect
import pickle

import pytest

from corena_recon import errors
from corena_recon.errors import ColumnError, CorenaReconError

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_one_base_a_docstring_and_survives_pickling(kind: type[CorenaReconError]) -> None:
    error = kind("the file is bad", hint="give another", found=["a"])
    again = pickle.loads(pickle.dumps(error))
    assert issubclass(kind, CorenaReconError)
    assert kind.__doc__
    assert str(error) == str(again) == "the file is bad (hint: give another)"
    assert again.found == ["a"]


def test_the_tree_in_the_docstring_names_every_error() -> None:
    assert errors.__doc__ is not None
    assert {kind.__name__ for kind in KINDS} == {word for word in errors.__doc__.split() if word in dir(errors)}


def test_facts_are_attributes_and_nothing_else_is() -> None:
    error = ColumnError("no column", found=["a"], needed=["b"])
    assert (error.found, error.needed) == (["a"], ["b"])
    with pytest.raises(AttributeError):
        _ = error.other
