"""Files of data sets are read as published, and what is wrong with one is told by its name."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import SourceError
from training.sources.reading import (
    find_files,
    read_csv,
    read_json,
    read_json_lines,
    reading_row,
    squeeze,
    tidy_text,
)


def read_question(row):
    return row["question"]


def test_files_come_in_the_order_of_their_names(tmp_path):
    for name in ("b.json", "a.json", "c.txt"):
        (tmp_path / name).write_text("{}")
    found = find_files(tmp_path, ["*.json", "a.*"], "Some set")
    assert [path.name for path in found] == ["a.json", "b.json"]


def test_a_set_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"training/x/\*\.json of Some set"):
        find_files(tmp_path, ["training/x/*.json"], "Some set")


def test_packed_lines_are_read_as_plain_ones(tmp_path):
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n\n{"a": 2}\n'))
    assert list(read_json_lines(path, "Some set")) == [{"a": 1}, {"a": 2}]


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text('{"a": ')
    with pytest.raises(SourceError, match=r"rows\.json is damaged"):
        read_json(path, "Some set")


def test_a_damaged_pack_is_named(tmp_path):
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 100)[:-12])
    with pytest.raises(SourceError, match=r"rows\.jsonl\.gz"):
        list(read_json_lines(path, "Some set"))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"none\.csv cannot be read"):
        list(read_csv(tmp_path / "none.csv", "Some set"))


def test_a_row_of_another_format_is_named_by_its_number(tmp_path):
    with (
        pytest.raises(SourceError, match=r"rows\.json, row 7 is not in the published format"),
        reading_row(tmp_path / "rows.json", 7, "Some set"),
    ):
        read_question({})


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("Brand( 1866 )is a play", "Brand (1866)is a play"),
        ("a  film ,  by\nIbsen", "a film, by Ibsen"),
        ("Hubert ``Happy ''Hopper won", 'Hubert "Happy" Hopper won'),
    ],
)
def test_stray_spaces_of_tokenised_text_go(text, tidy):
    assert tidy_text(text) == tidy


@given(st.text(alphabet="a \n\t\u00a0("))
def test_squeezing_twice_is_squeezing_once(text):
    assert squeeze(squeeze(text)) == squeeze(text)
