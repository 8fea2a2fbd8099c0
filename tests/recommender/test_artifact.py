import json
import mmap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.artifact import PREAMBLE, load, save
from recommender.errors import ArtifactCorrupt, ArtifactIncompatible
from tests.recommender.little import quick

ARRAYS = {
    "floats": np.linspace(0, 1, 7, dtype=np.float32).reshape(7, 1),
    "numbers": np.arange(5, dtype=np.int64),
    "words": np.array(["85123A", "Ü", ""]),
    "flags": np.array([True, False]),
    "nothing": np.empty((0, 3), np.int32),
    "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
}


@pytest.fixture
def path(tmp_path):
    save(tmp_path / "ranker", ARRAYS, {"shop": "demo", "größe": 3})
    return tmp_path / "ranker"


def test_arrays_and_words_come_back_as_they_were(path):
    arrays, said = load(path)

    assert said == {"shop": "demo", "größe": 3}
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert np.array_equal(arrays[name], array)


def is_mapped(array):
    while array is not None and not isinstance(array, mmap.mmap):
        array = getattr(array, "base", None)
    return array is not None


def test_what_comes_back_is_mapped_and_cannot_be_written_to(path):
    arrays, _ = load(path)

    assert is_mapped(arrays["floats"])
    with pytest.raises(ValueError, match="read-only"):
        arrays["floats"][0] = 1


def test_arrays_of_objects_are_refused_and_leave_no_file(tmp_path):
    with pytest.raises(ValueError, match="holds object"):
        save(tmp_path / "ranker", {"bad": np.array([{}, ()], dtype=object)}, {})

    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_leaves_the_old_one_and_no_litter(path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("recommender.artifact.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        save(path, {"new": np.ones(3)}, {})

    assert load(path)[0].keys() == ARRAYS.keys()
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none")


def test_another_version_says_train_again(path):
    raw = bytearray(path.read_bytes())
    raw[8] += 1
    path.write_bytes(raw)

    with pytest.raises(ArtifactIncompatible, match="Train again"):
        load(path)


@quick
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file_is_refused(tmp_path_factory, share):
    path = tmp_path_factory.mktemp("cut") / "ranker"
    save(path, ARRAYS, {})
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])

    with pytest.raises(ArtifactCorrupt):
        load(path)


@quick
@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_any_flipped_bit_is_noticed(tmp_path_factory, place, bit):
    path = tmp_path_factory.mktemp("flip") / "ranker"
    save(path, ARRAYS, {"shop": "demo"})
    raw = bytearray(path.read_bytes())
    place %= len(raw)
    raw[place] ^= 1 << bit
    path.write_bytes(raw)

    if 52 <= place < PREAMBLE.size:
        load(path)  # padding, which means nothing
    else:
        with pytest.raises((ArtifactCorrupt, ArtifactIncompatible)):
            load(path)


@pytest.mark.parametrize(
    "place",
    [
        {"dtype": "|O", "shape": [1], "offset": 0},
        {"dtype": "<f4", "shape": [10**6], "offset": 0},
        {"dtype": "<f4", "shape": [-1], "offset": 0},
        {"dtype": "nonsense", "shape": [1], "offset": 0},
        {"dtype": "<f4", "shape": [1]},
        {"dtype": "<f4", "shape": [1], "offset": "0"},
        {"dtype": "<f4", "shape": [10**30], "offset": 0},
        {"dtype": "<f4", "shape": [2**32, 2**32], "offset": 0},
        {"dtype": "<f4", "shape": [1], "offset": 10**30},
        {"dtype": "<f4", "shape": [float("nan")], "offset": 0},
        {"dtype": "<f4", "shape": [1.0], "offset": 0},
    ],
)
def test_a_file_whose_sum_is_right_but_whose_header_lies_is_refused(path, monkeypatch, place):
    honest = json.dumps
    monkeypatch.setattr("recommender.artifact.json.dumps", lambda told: honest({**told, "arrays": {"floats": place}}))
    save(path, ARRAYS, {})

    with pytest.raises(ArtifactCorrupt):
        load(path)


def test_a_header_nested_without_end_is_refused(path, monkeypatch):
    monkeypatch.setattr("recommender.artifact.json.dumps", lambda _told: "[" * 100_000)
    save(path, ARRAYS, {})
    monkeypatch.undo()

    with pytest.raises(ArtifactCorrupt):
        load(path)


def test_something_else_altogether_is_refused(tmp_path):
    (tmp_path / "ranker").write_bytes(b"PK\x03\x04" + bytes(500))

    with pytest.raises(ArtifactCorrupt):
        load(tmp_path / "ranker")
