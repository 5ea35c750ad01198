"""How a file is to be read, as whoever uploads it says."""

from __future__ import annotations

from typing import Annotated

from ninja import Field, Schema

from doorward.server.imports.moments import DateOrder
from doorward.server.imports.text_table import Encoding, Separator


class ImportOptions(Schema):
    """How a file is to be read."""

    encoding: Annotated[
        Encoding, Field(description="Of a CSV file. Detected is what has a mark at its beginning, and UTF-8.")
    ] = Encoding.DETECT
    separator: Annotated[Separator, Field(description="Of a CSV file.")] = Separator.DETECT
    dates: Annotated[DateOrder, Field(description="What comes first in a day such as 05/06/2024.")] = DateOrder.NOT_SAID
    sheet: Annotated[str, Field(max_length=100, description="Of a workbook; empty takes the first.")] = ""
    columns: Annotated[
        dict[str, str],
        Field(
            max_length=200,
            description="The column that a heading stands for, where it is called otherwise; an empty one is left out.",
        ),
    ] = {}  # noqa: RUF012 - the library copies it
