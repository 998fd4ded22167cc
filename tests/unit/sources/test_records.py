"""Records are counted by the bytes, however the bytes come and whatever quotes do to them."""

import random
from pathlib import Path

import pytest

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.sources import encodings
from roi_pipeline.sources.records import RecordCount, count_lines, count_records

HEADER = "id,name,secs\n"
# What stands below the header, the records of it, or the line at which two readings part.
CASES: dict[str, tuple[str, int | str]] = {
    "nothing": ("", 0),
    "plain": ("1,a,1\n2,b,2\n", 2),
    "blank lines": ("1,a,1\n\n \n2,b,2\n\n", 3),
    "a quote inside a field": ('1,5" pipe,1\n2,b,2\n', 2),
    "text behind a closing quote": ('1,"a"b,1\n2,b,2\n3,c,3\n', 3),
    "lines between quotes": ('1,"a\nb",1\n2,"b\n\nc",2\n3,c,3\n', 3),
    "quotes between quotes": ('1,"say ""hi""\n""",1\n2,"",2\n', 2),
    "blanks around quotes": ('1, "a, b" ,1\n2,b,2\n', 2),
    "too many fields on one line": ("1,a,1,9\n2,b\n", 2),
    "too many fields on two lines": ('1,"a\nb",1,9\n2,b,2\n', "line 2"),
    "a quote closed in the next quoted field": ('1,"a,1\n2,b,2\n3,"c, x",3\n4,d,4\n', "line 2"),
    "the same where every line is right alone": ('1,"a,1\n2,b,2\n3,"c",3\n4,d,4\n', 4),
    "a quote that is never closed": ('1,a,1\n2,"b,2\n3,c,3\n4,d,4\n', 4),
    "one never closed above wrong lines": ('1,a,1\n2,"b,2\n3,c\n', "line 3"),
    "one never closed in the last line": ('1,a,1\n2,"b', 2),
    "one never closed above many lines": ('1,a,1\n2,"b,2\n' + "3,c,3\n" * 60, "line 3"),
    "line ends of all kinds": ("1,a,1\r\n2,b,2\r3,c,3\n", 3),
    "line ends between quotes": ('1,"a\r\nb\rc",1\r\n2,b,2\r\n', 2),
}


@pytest.fixture(params=[1, 2, 3, 7, 1 << 22], ids=lambda size: f"{size} bytes at a time")
def _pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "CHUNK", request.param)


def counted(path: Path, text: str, **options: int) -> RecordCount:
    path.write_bytes(text.encode())
    settings = {"width": 3, "max_record_lines": 50, **options}
    return count_records(path, delimiter=",", name="a.csv", **settings)


@pytest.mark.usefixtures("_pieces")
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["unmarked", "marked"])
def test_records_of_a_text(tmp_path: Path, case: str, mark: str) -> None:
    body, expected = CASES[case]
    if isinstance(expected, int):
        assert counted(tmp_path / "a", mark + HEADER + body).records == expected
        return
    with pytest.raises(NeedsAHuman, match=f"a.csv, {expected}:"):
        counted(tmp_path / "a", mark + HEADER + body)


@pytest.mark.usefixtures("_pieces")
def test_lines_above_the_header_are_skipped_and_counted_in_messages(tmp_path: Path) -> None:
    above = 'report of "May\n\n'
    assert counted(tmp_path / "a", above + HEADER + "1,a,1\n", skipped_lines=2).records == 1
    with pytest.raises(NeedsAHuman, match="line 4:"):
        counted(tmp_path / "a", above + HEADER + '1,"a,1\n2,b\n', skipped_lines=2)


@pytest.mark.usefixtures("_pieces")
@pytest.mark.parametrize("first", ["1,a,1", '1,"a",1', '1,a" ,1'])
def test_places_of_blank_lines(tmp_path: Path, first: str) -> None:
    text = f"x\n{HEADER}\n{first}\n\n\n2,b,2\n\n"
    assert counted(tmp_path / "a", text, skipped_lines=1).blanks == (3, 5, 6, 8)


def test_one_column_has_blank_records(tmp_path: Path) -> None:
    assert counted(tmp_path / "a", "id\n1\n\n2\n", width=1).records == 3


@pytest.mark.parametrize(
    ("last", "is_ended", "is_whole"), [("3,c,3\n", True, True), ("3,c,3", False, True), ("3,c", False, False)]
)  # fmt: skip
def test_how_the_last_line_ends(tmp_path: Path, last: str, is_ended: bool, is_whole: bool) -> None:  # noqa: FBT001
    found = counted(tmp_path / "a", HEADER + "1,a,1\n" + last)
    assert (found.records, found.has_last_line_end, found.is_last_whole) == (2, is_ended, is_whole)


def test_the_count_does_not_depend_on_how_the_bytes_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(5)  # noqa: S311
    texts = ["".join(chance.choice('a,"\n \r') for _ in range(60)) for _ in range(300)]
    found = {size: [] for size in (1, 5, 64, 1 << 22)}
    for size, results in found.items():
        monkeypatch.setattr(encodings, "CHUNK", size)
        for text in texts:
            try:
                results.append(counted(tmp_path / "a", HEADER + text, max_record_lines=6))
            except NeedsAHuman as error:
                results.append(str(error))
    assert found[1] == found[5] == found[64] == found[1 << 22]


def test_lines_of_blanks_are_no_records_of_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a":1}\r\n\n  \n{"a":2}')
    assert count_lines(path) == 2
