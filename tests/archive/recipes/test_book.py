"""Recipes as they come about while sources are read: when a shape is traced, how often, and what is remembered."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from corena_recon.archive.forms.jsonl import JsonLines
from corena_recon.archive.recipes import book
from corena_recon.archive.recipes.book import MAX_ATTEMPTS, WORTH_TRACING, RecipeBook
from corena_recon.archive.records.posting import Posted
from corena_recon.native import Kind, has_core

pytestmark = pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")


@pytest.fixture(autouse=True)
def _nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "_MEMORY", book._Memory())


class Reader:
    """The exact reader of JSON lines, which counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, octets: bytes) -> Posted | None:
        self.count += 1
        return JsonLines().read_line(octets)


def line(number: int = 1, /, **more: object) -> bytes:
    record = {"status": "ok", "identifier": f"C-{number}", "data": {"amount": "1"}, **more}
    return json.dumps(record).encode()


def learn(pupil: RecipeBook, *samples: bytes, mark: int = 1, count: int = WORTH_TRACING) -> bool:
    left: list[tuple[int, Sequence[bytes], int]] = [(mark, samples, count)]
    return pupil.learn(left, pupil.known)


def test_few_records_of_a_shape_are_not_worth_a_recipe_until_there_are_enough_in_all_sources() -> None:
    read = Reader()
    assert not learn(RecipeBook(read, Kind.JSON), line(), count=WORTH_TRACING - 2)
    assert not learn(RecipeBook(read, Kind.JSON), line(), count=1)
    assert read.count == 0
    # another reader's records are others
    assert not learn(RecipeBook(Reader(), Kind.JSON), line(), count=1)
    assert learn(RecipeBook(read, Kind.JSON), line(), count=1)
    assert read.count > 0


def test_a_shape_of_an_earlier_source_is_not_traced_again() -> None:
    read = Reader()
    teacher, pupil = RecipeBook(read, Kind.JSON), RecipeBook(read, Kind.JSON)
    assert learn(teacher, line(endpoint="live"))
    read.count = 0
    assert learn(pupil, line(2, endpoint="live"), count=1)
    assert (read.count, pupil.known.recipes) == (0, teacher.known.recipes)
    # a value that decides something makes it another recipe of the same shape
    assert not learn(RecipeBook(read, Kind.JSON), line(2, endpoint="test"), mark=2, count=1)
    assert learn(teacher, line(2, endpoint="test"), mark=1)
    shapes = {(recipe.shape, recipe.is_free) for recipe in teacher.known.recipes}
    assert [is_free for _, is_free in sorted(shapes, key=lambda one: one[1])] == [False, True]
    assert len(teacher.known.recipes) == 4


def test_a_source_begins_with_what_others_have_taught_but_where_it_may_not() -> None:
    read = Reader()
    teacher = RecipeBook(read, Kind.JSON)
    assert learn(teacher, line())
    assert RecipeBook(read, Kind.JSON).known.recipes == teacher.known.recipes
    assert RecipeBook(Reader(), Kind.JSON).known.recipes == ()
    pupil = RecipeBook(read, Kind.JSON, is_primed=False)
    assert pupil.known.recipes == ()
    read.count = 0
    assert learn(pupil, line(2), count=1)
    assert (read.count, pupil.known.recipes) == (0, teacher.known.recipes)


def test_who_knows_less_is_told_and_nothing_is_learned_meanwhile() -> None:
    pupil = RecipeBook(Reader(), Kind.JSON)
    before = pupil.known
    assert learn(pupil, line())
    # another thread has learned since these records were read
    assert pupil.learn([(2, [line(note="x")], WORTH_TRACING)], before)
    assert len(pupil.known.recipes) == 2
    assert not pupil.learn([], pupil.known)


@pytest.mark.parametrize(
    "sample",
    [line(status="a", **{"data[amount]": "2"}), b'{"status":"ok","identifier":["C"]}'],
    ids=["ambiguous", "wrong"],
)
def test_a_shape_that_no_recipe_comes_of_is_tried_once(sample: bytes) -> None:
    read = Reader()
    pupil = RecipeBook(read, Kind.JSON)
    assert not learn(pupil, sample)
    assert read.count > 0
    read.count = 0
    assert not learn(pupil, sample)
    assert read.count == 0


def test_a_sample_that_is_not_utf8_is_passed_over() -> None:
    odd = line(note="x").replace(b'"x"', b'"\xe9"')
    pupil = RecipeBook(Reader(), Kind.JSON)
    assert not learn(pupil, odd)
    assert learn(pupil, odd, line(note="x"))


def test_a_recipe_that_other_samples_contradict_is_none() -> None:
    def read(octets: bytes) -> Posted:
        status = json.loads(octets)["a"]
        return Posted(status="odd" if status == "the one that nobody asks about" else status)

    pupil = RecipeBook(read, Kind.JSON)
    assert not learn(pupil, b'{"a":"x"}', b'{"a":"the one that nobody asks about"}')
    assert learn(RecipeBook(read, Kind.JSON), b'{"a":"x"}', b'{"a":"y"}')


def test_a_source_has_no_more_attempts_than_it_may() -> None:
    pupil = RecipeBook(lambda _: None, Kind.JSON)
    for number in range(MAX_ATTEMPTS + 9):
        learn(pupil, b'{"k%d":1}' % number, mark=number + 1)
    assert len(pupil.known.recipes) == MAX_ATTEMPTS


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "MAX_REMEMBERED", 3)
    read = Reader()
    for number in range(7):
        assert learn(RecipeBook(read, Kind.JSON), line(**{f"k{number}": "x"}), mark=number + 1)
        assert sum(map(len, book._MEMORY._found.values())) <= 3
