"""Counts the records of a text by its bytes, with nothing of the reader that loads it.

What is loaded, quarantined and repeated has to add up to this count, so a fault of the reader cannot
lose a row unseen. A delimited text is read as RFC 4180 has it; where a quote that is never closed, or
closed in the wrong place, leaves two readings, the text is refused with the line they part at.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.sources.encodings import read_chunks

if TYPE_CHECKING:
    import polars as pl

BOM = b"\xef\xbb\xbf"
NEW_LINE, QUOTE = 10, 34


@dataclass(frozen=True, slots=True)
class RecordCount:
    """What a text holds below its header.

    Attributes:
        records: records; blank lines are none, unless the text has only one column.
        has_last_line_end: whether the last line is ended like those before it.
        is_last_whole: whether the last record has as many fields as the header.
        blanks: places of the blank lines among records, header, skipped lines and each other,
            counted from 1.
    """

    records: int
    has_last_line_end: bool = True
    is_last_whole: bool = True
    blanks: tuple[int, ...] = ()


def count_lines(path: Path) -> int:
    """Lines of a text that hold more than blanks: the records of JSON lines."""
    return sum(1 for line in _lines(path) if line.strip(b" "))


def _lines(path: Path) -> Iterator[bytes]:
    rest = b""
    for chunk in _plain_chunks(path):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    yield rest


def count_rows(path: Path, *, name: str) -> int:
    """Rows a Parquet file says it holds.

    Raises:
        NeedsAHuman: it is no whole one.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError) as error:
        first = (str(error).splitlines() or [""])[0]
        raise NeedsAHuman(
            f"{name} is no whole Parquet file ({first}); have it delivered anew"
        ) from error


def count_records(
    path: Path,
    *,
    delimiter: str,
    width: int,
    skipped_lines: int = 0,
    max_record_lines: int,
    first_line: int = 1,
    name: str,
) -> RecordCount:
    """Count the records of a delimited UTF-8 text below its header.

    Args:
        path: the text.
        delimiter: what stands between two fields.
        width: fields of the header.
        skipped_lines: lines above the header.
        max_record_lines: lines one record may have.
        first_line: number of the first line, for messages.
        name: the file, for messages.

    Raises:
        NeedsAHuman: where one record ends and the next begins is unclear.
    """
    counter = _Counter(
        _Grammar.of(delimiter.encode(), width, max_record_lines), name, first_line + skipped_lines
    )
    rest, last, to_skip = b"", b"\n", skipped_lines
    for chunk in _plain_chunks(path):
        last = chunk[-1:]
        data = rest + chunk
        while to_skip and b"\n" in data:
            data, to_skip = data[data.index(b"\n") + 1 :], to_skip - 1
        rest = data if to_skip else counter.feed(data)
    is_ended = last == b"\n"
    if not to_skip:
        counter.finish(rest)
    return RecordCount(
        max(counter.records - 1, 0),
        is_ended,
        is_ended or counter.is_last_whole,
        tuple(skipped_lines + place for place in counter.blanks),
    )


def _plain_chunks(path: Path) -> Iterator[bytes]:
    """The text in pieces, every line end a line feed, without the mark at its start."""
    is_first, held = True, b""
    for read in read_chunks(path):
        chunk = held + read
        held = b""
        if is_first:
            chunk, is_first = chunk.removeprefix(BOM), False
        if b"\r" in chunk:
            if chunk.endswith(b"\r"):
                chunk, held = chunk[:-1], b"\r"
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if chunk:
            yield chunk
    if held:
        yield b"\n"


@dataclass(frozen=True, slots=True)
class _Grammar:
    """One record of a delimited text, and the limits it is held to.

    Attributes:
        whole: a record whose quotes all stand where RFC 4180 has them.
        loose: a record in which text follows a closing quote.
    """

    delimiter: bytes
    width: int
    max_lines: int
    whole: re.Pattern[bytes]
    loose: re.Pattern[bytes]

    @classmethod
    def of(cls, delimiter: bytes, width: int, max_lines: int) -> "_Grammar":
        mark = re.escape(delimiter)
        blanks = b"" if delimiter == b" " else b" *+"
        inside = blanks + b'"[^"]*+(?:""[^"]*+)*+"'
        plain = b"(?!" + blanks + b'")(?:(?!' + mark + b")[^\n])*+"
        if len(delimiter) == 1:
            plain = b"(?!" + blanks + b'")[^\n' + mark + b"]*+"
        end = b"(?=" + mark + b"|\n)"
        tail = b"(?:(?!" + mark + b")[^\n])*+"

        def record(quoted: bytes) -> re.Pattern[bytes]:
            field = b"(?:" + quoted + b"|" + plain + b")"
            return re.compile(field + b"(?:" + mark + field + b")*+\n")

        return cls(
            delimiter, width, max_lines, record(inside + blanks + end), record(inside + tail)
        )

    def fields(self, record: bytes) -> int:
        """Fields of a record whose quotes are where they belong."""
        return re.sub(rb'"[^"]*+"', b"", record).count(self.delimiter) + 1

    def has_right_lines(self, lines: bytes) -> bool:
        """Whether every line, taken without regard to quotes, has a field for every header."""
        return all(line.count(self.delimiter) + 1 == self.width for line in lines.split(b"\n"))


class _Counter:
    """Counts records as the bytes come; between two pieces it stands where a record begins."""

    def __init__(self, grammar: _Grammar, name: str, first_line: int) -> None:
        self.grammar, self.name = grammar, name
        self.records, self.line, self.is_last_whole = 0, first_line, True
        self.place, self.blanks = 0, list[int]()

    def feed(self, data: bytes) -> bytes:
        """Count the records that end in these bytes; what is left begins the next piece."""
        if b'"' not in data:
            return self._count_plain(data)
        series = _series(b"\n" + data + b"\n")
        quotes = (series == QUOTE).arg_true()
        rest = (
            self._count_quoted(data, series, quotes)
            if self._are_in_place(series, quotes)
            else self._count_loose(data)
        )
        if rest.count(b"\n") > self.grammar.max_lines:
            raise self._ambiguous(self.line)
        return rest

    def finish(self, rest: bytes) -> None:
        """Count what stands after the last line end."""
        if not rest:
            return
        if b'"' not in rest or self.grammar.whole.fullmatch(rest + b"\n"):
            self.is_last_whole = self.grammar.fields(rest) == self.grammar.width
        else:
            self.is_last_whole = False
        left = self.feed(rest + b"\n") if not rest.endswith(b"\n") else rest
        if left:
            self._count_broken(left.rstrip(b"\n"), self.line)

    def _count_plain(self, data: bytes) -> bytes:
        end = data.rfind(b"\n") + 1
        marks = _series(b"\n" + data[:end]) == NEW_LINE
        lines = int(marks.sum()) - 1
        blank = marks[1:] & marks[:-1]
        self._pass(lines, int(blank.sum()), lambda: marks[1:].cum_sum().filter(blank) - 1)
        self.line += lines
        return data[end:]

    def _pass(self, records: int, blank: int, where: "Callable[[], pl.Series]") -> None:
        """Count records of which some are blank; those stand `where` says, the first at 0."""
        if self.grammar.width == 1:
            blank = 0
        if blank:
            self.blanks += [self.place + int(place) + 1 for place in where()]
        self.records += records - blank
        self.place += records

    def _are_in_place(self, series: "pl.Series", quotes: "pl.Series") -> bool:
        """Whether quotes open where a field begins and close where it ends, all through.

        Taken in turn one opens and one closes; two in a row inside a field are closed and opened.
        """
        mark = self.grammar.delimiter
        if len(mark) != 1:
            return False
        opening, closing = quotes.gather_every(2), quotes.gather_every(2, 1)
        around = [mark[0], NEW_LINE, QUOTE]
        return bool(
            series.gather(opening - 1).is_in(around).all()
            and series.gather(closing + 1).is_in(around).all()
        )

    def _count_quoted(self, data: bytes, series: "pl.Series", quotes: "pl.Series") -> bytes:
        """Count the records of a piece whose quotes are all in place."""
        lines = (series == NEW_LINE).arg_true()[1:-1]
        outside = (quotes.search_sorted(lines) % 2) == 0
        ends = lines.filter(outside)
        if ends.is_empty():
            return data
        import polars as pl

        cut = int(ends[-1])
        begun = pl.concat([pl.Series([0], dtype=ends.dtype), ends[:-1]])
        blank = ends - begun == 1
        self._pass(len(ends), int(blank.sum()), blank.arg_true)
        places = outside.arg_true()
        first = self.line
        self.line += int(places[-1]) + 1
        before = pl.concat([pl.Series([-1], dtype=pl.Int64), places[:-1].cast(pl.Int64)])
        several = (places.cast(pl.Int64) - before > 1).arg_true()
        for place in several:
            record = data[int(begun[place]) : int(ends[place])]
            self._check_long(record, first + int(before[place]) + 1, is_whole=True)
        return data[cut:]

    def _count_loose(self, data: bytes) -> bytes:
        """Count record by record, where a quote stands at an unusual place."""
        position, grammar = 0, self.grammar
        while position < len(data):
            found = grammar.whole.match(data, position)
            is_whole = found is not None
            found = found or grammar.loose.match(data, position)
            if found is None:
                break
            record, line = found[0], self.line
            count = record.count(b"\n")
            self.line += count
            position = found.end()
            is_blank = record == b"\n"
            self._pass(1, int(is_blank), _at_the_first)
            if count > 1:
                self._check_long(record, line, is_whole=is_whole)
        return data[position:]

    def _check_long(self, record: bytes, line: int, *, is_whole: bool) -> None:
        """Refuse a record of several lines that may be several records; it is counted as one."""
        lines = record.removesuffix(b"\n")
        if lines.count(b"\n") >= self.grammar.max_lines:
            raise self._ambiguous(line)
        if is_whole and self.grammar.fields(record) == self.grammar.width:
            return
        self.records -= 1
        self._count_broken(lines, line)

    def _count_broken(self, lines: bytes, line: int) -> None:
        """Count lines a misplaced quote holds together one by one, if they are right alone."""
        more = lines.count(b"\n")
        if more >= self.grammar.max_lines or (more and not self.grammar.has_right_lines(lines)):
            raise self._ambiguous(line)
        self.records += more + 1

    def _ambiguous(self, line: int) -> NeedsAHuman:
        return NeedsAHuman(
            f'{self.name}, line {line:,}: a quotation mark (") leaves it open where this record ends; '
            f"expected one record of at most {self.grammar.max_lines:,} lines with "
            f"{self.grammar.width} fields. Correct the line and deliver the file anew; if records are "
            "longer, raise max_record_lines in [location]"
        )


def _at_the_first() -> "pl.Series":
    import polars as pl

    return pl.Series([0])


def _series(data: bytes) -> "pl.Series":
    import polars as pl
    import pyarrow as pa

    array = pa.Array.from_buffers(pa.uint8(), len(data), [None, pa.py_buffer(data)])
    return pl.Series(pl.from_arrow(array))
