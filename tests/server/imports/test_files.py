"""Files as spreadsheets write them: letters, separators, days, workbooks, archives; and exports that come back."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.utils import timezone
from PIL import Image

from doorward.model.errors import InvalidFile, InvalidInput
from doorward.server.imports.archives import check_archive
from doorward.server.imports.columns import Known
from doorward.server.imports.moments import DateOrder, read_moment
from doorward.server.imports.reading import PeopleFile
from doorward.server.imports.sealed_file import BLOCK, append, opened
from doorward.server.imports.table import TableRefused
from doorward.server.imports.text_table import Encoding, Separator, text_rows
from doorward.server.imports.workbook_table import WorkbookTable
from doorward.server.people.models import Card, Person, PersonField
from tests.server.imports.steps import Importer, lines
from tests.server.jobs.running import do_jobs

BERLIN = ZoneInfo("Europe/Berlin")
KOREAN = "number;name\r\n1;김민준\r\n"


@pytest.mark.parametrize(
    ("content", "encoding", "name"),
    [
        ("number,name\n1,Zoë\n".encode(), Encoding.DETECT, "Zoë"),
        ("number,name\n1,Zoë\n".encode("utf-8-sig"), Encoding.DETECT, "Zoë"),
        ("number\tname\r1\tZoë\r".encode("utf-16"), Encoding.DETECT, "Zoë"),
        ("number\tname\n1\tZoë\n".encode("utf-16-le"), Encoding.UTF_16, "Zoë"),
        ("sep=;\nnumber;name\n1;Zoë\n".encode("windows-1252"), Encoding.WINDOWS_1252, "Zoë"),
        (KOREAN.encode("cp949"), Encoding.CP949, "김민준"),
        (b'number,name\n1,"Ann, the\nboss"\n', Encoding.DETECT, "Ann, the\nboss"),
        (b'"number";"na,me,x"\n1;Ann\n', Encoding.DETECT, "Ann"),
    ],
)
def test_letters_and_separators_are_found(content: bytes, encoding: Encoding, name: str) -> None:
    heading, row = text_rows(content, encoding, Separator.DETECT)
    assert heading.cells[0] == "number"
    assert row.cells == ("1", name)


def test_what_cannot_be_read_is_said_with_its_place() -> None:
    with pytest.raises(InvalidFile, match="byte 16 in line 2") as refused:
        list(text_rows("number,name\n1,Zoë\n".encode("windows-1252"), Encoding.DETECT, Separator.DETECT))
    assert "cp949" in refused.value.advice
    with pytest.raises(TableRefused, match="row 3"):
        list(text_rows(b'number,name\n1,Ann\n2,"Bob\n', Encoding.DETECT, Separator.DETECT))
    with pytest.raises(InvalidFile, match="no CSV file"):
        list(text_rows(b"PK\x03\x04\0\0", Encoding.DETECT, Separator.DETECT))


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2024-05-06", DateOrder.NOT_SAID, "2024-05-05 22:00:00"),
        ("2024/5/6 07:30", DateOrder.MONTH_FIRST, "2024-05-06 05:30:00"),
        ("06.05.2024", DateOrder.NOT_SAID, "2024-05-05 22:00:00"),
        ("05/06/2024", DateOrder.MONTH_FIRST, "2024-05-05 22:00:00"),
        ("06/05/2024 5:30 PM", DateOrder.DAY_FIRST, "2024-05-06 15:30:00"),
        ("5/31/2024", DateOrder.NOT_SAID, "2024-05-30 22:00:00"),
        ("2024. 5. 6. 오후 5:30", DateOrder.NOT_SAID, "2024-05-06 15:30:00"),
        ("2024년 5월 6일", DateOrder.NOT_SAID, "2024-05-05 22:00:00"),
        ("2024-05-06T07:30:15", DateOrder.NOT_SAID, "2024-05-06 05:30:15"),
    ],
)
def test_days_are_read_as_people_write_them(text: str, order: DateOrder, expected: str) -> None:
    assert read_moment("valid_from", text, order, BERLIN, end=False).strftime("%Y-%m-%d %H:%M:%S") == expected


@pytest.mark.parametrize(
    "text", ["05/06/2024", "2024-02-30", "6.5.24", "2024-05-06 25:00", "2024-03-31 02:30", "45443"]
)
def test_days_that_mean_nothing_or_two_things_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="valid_until"):
        read_moment("valid_until", text, DateOrder.NOT_SAID, BERLIN, end=True)


def test_a_day_ends_with_its_last_second() -> None:
    found = read_moment("valid_until", datetime(2024, 5, 6), DateOrder.NOT_SAID, BERLIN, end=True)  # noqa: DTZ001
    assert found == datetime(2024, 5, 6, 21, 59, 59, tzinfo=UTC)


def workbook(*rows: list[object], merge: str = "") -> io.BytesIO:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    sheet["C2"].number_format = "0000"
    if merge:
        sheet.merge_cells(merge)
    book.create_sheet("Second").append(["number"])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def test_a_workbook_is_read_as_it_looks() -> None:
    day = datetime(2024, 5, 6, 8, 30)  # noqa: DTZ001 - a spreadsheet knows no zone
    table = WorkbookTable(workbook(["number", "name", "pin", "valid_from", "disabled"], [5.0, "Ann", 42, day, True]))
    heading, row = table.rows()
    assert row.cells == ("5", "Ann", "0042", day, "yes")
    file = PeopleFile(iter([heading, row]), Known(zone=UTC), padded=False)
    assert [(person.number, person.values["pin"]) for person in file.people()] == [(5, "0042")]
    assert table.merged_cells() == []
    merged = WorkbookTable(workbook(["number", "name"], [5, "Ann"], [6, "Bob"], merge="B2:B3"))
    assert [(fault.row, fault.column, fault.value) for fault in merged.merged_cells()] == [
        (2, "B", "merged cells B2:B3")
    ]
    with pytest.raises(InvalidFile, match="no sheet 'Third'") as refused:
        WorkbookTable(workbook(["number"]), "Third")
    assert "Sheet, Second" in refused.value.advice


def test_archives_that_are_made_to_do_harm_are_not_unpacked() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(64 * 1024 * 1024))
    with pytest.raises(InvalidFile, match="would unpack to 67,108,864 bytes"):
        check_archive(bomb, most_unpacked=1024**3, most_parts=10, what="none")
    for content in (b"", b"number,name", b"PK\x03\x04 broken"):
        with pytest.raises(InvalidFile, match="no workbook"):
            WorkbookTable(io.BytesIO(content))
    entities = workbook(["number", "name"], [5, "Ann"])
    poisoned = io.BytesIO()
    with zipfile.ZipFile(entities) as archive, zipfile.ZipFile(poisoned, "w") as written:
        for name in archive.namelist():
            text = archive.read(name)
            if name.startswith("xl/worksheets/sheet1"):
                text = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + text.replace(b"5<", b"&b;<")
            written.writestr(name, text)
    with pytest.raises(InvalidFile, match="no workbook"):
        list(WorkbookTable(poisoned).rows())


def test_an_upload_is_read_from_anywhere_and_lies_encrypted(key_file: object) -> None:
    content = bytes(range(256)) * 2_500
    append("an-upload", 0, content[:BLOCK])
    append("an-upload", BLOCK, content[BLOCK:])
    with opened("an-upload", len(content)) as file:
        assert file.read() == content
        file.seek(BLOCK - 5)
        assert file.read(10) == content[BLOCK - 5 : BLOCK + 5]


def photo(colour: str, size: int = 40) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(file, "JPEG")
    return file.getvalue()


def archive_of(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_photos_come_by_number_and_go_back(database: str) -> None:
    now = timezone.now()
    for number in (1, 2):
        Person.objects.create(number=number, name=f"Person {number}", created=now, changed=now)
    importer = Importer.of()
    files = {
        "1.jpg": b"no picture", "ann.jpg": photo("red"), "7.jpg": photo("red"), "2.gif": b"", "x/2.png": photo("red"),
        "y/2.jpg": photo("blue"), "__MACOSX/1.jpg": b"",
    }  # fmt: skip
    bad = importer.upload("a.zip", archive_of(**files), source="photos")
    named = {column: value for _, column, value, _ in importer.problems(bad)}
    assert named == {"1.jpg": "<10 bytes>", "ann.jpg": "ann.jpg", "7.jpg": "7", "2.gif": "2.gif", "y/2.jpg": "2"}
    assert bad["state"] == "faulty"
    files = {"photos/1.jpg": photo("red", 700), "2.jpeg": photo("blue")}
    item = importer.upload("b.zip", archive_of(**files), source="photos")
    assert (item["state"], item["changed"]) == ("checked", 2)
    applied = importer.apply(item)
    kept = Person.objects.get(number=1)
    assert Image.open(io.BytesIO(kept.photo)).size == (512, 512)
    again = importer.upload("b.zip", archive_of(**{"photos/1.jpg": photo("red", 700)}), source="photos")
    assert (again["changed"], again["unchanged"]) == (0, 1)
    Person.objects.filter(number=2).update(photo=b"", photo_digest="")
    undone = importer.go_on(applied, "undo")
    assert (undone["state"], undone["left"]) == ("undone", 1)
    assert Person.objects.get(number=1).photo == b""


def test_an_export_comes_back_as_it_went_and_holds_no_formula_and_no_pin(database: str) -> None:
    now = timezone.now()
    PersonField.objects.create(slug="locker", name="Locker", kind="number")
    ann = Person.objects.create(
        number=5, name="=HYPERLINK(1)", notes="two\nlines", pin="7351", valid_from=now.replace(microsecond=0),
        fields={"locker": 12}, created=now, changed=now,
    )  # fmt: skip
    Card.objects.create(person=ann, number=77, custom_id=3, bypass=True)
    importer = Importer.of()
    contents = {}
    for format_ in ("csv", "xlsx"):
        response = importer.client.post(
            "/api/v1/people/exports", f'{{"format": "{format_}"}}', content_type="application/json"
        )
        assert response.status_code == 202
        (job,) = do_jobs()
        with open(job.stored_name, "rb") as file:  # noqa: PTH123
            contents[format_] = file.read()
        assert b"7351" not in contents[format_]
    (row,) = csv.DictReader(io.StringIO(contents["csv"].decode("utf-8-sig")))
    assert (row["name"], row["cards"], row["fields.locker"]) == ("'=HYPERLINK(1)", "77/3*", "12")
    book = openpyxl.load_workbook(io.BytesIO(contents["xlsx"]))
    assert book.active["B2"].data_type == "s"
    back = importer.upload("people.xlsx", contents["xlsx"])
    assert importer.problems(back) == []
    assert (back["added"], back["changed"], back["unchanged"]) == (0, 0, 1)
    changed = importer.upload("people.csv", lines(("number", "fields.locker"), (5, "")))
    assert importer.people(changed)[5]["changes"] == {"fields.locker": [12, None]}
