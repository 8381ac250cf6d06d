import datetime as dt

import numpy as np
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.times import Clock, DateForms, form_of, is_time_of_day, to_times
from training.errors import InvalidParameter

ZONES = st.sampled_from([None, *(dt.timezone(dt.timedelta(minutes=m)) for m in (0, 120, -330))])
WRITTEN = ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d-%b-%Y %H:%M:%S", "%B %d, %Y %H:%M:%S",
           "%d %b %Y %I:%M:%S %p", "%Y%m%dT%H%M%S", "%a, %d %b %Y %H:%M:%S"]  # fmt: skip


def seconds(texts: list[str], order: str | None = None) -> tuple[list[float], str]:
    """Since the first, and that."""
    cells, forms, clock = pyarrow.array(texts), DateForms(), Clock()
    forms.add(cells)
    found = clock.seconds(*to_times(cells, forms.form(order)))
    return found.tolist(), clock.at(0)


@given(st.lists(st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9990, 1, 1)), min_size=1, max_size=20), ZONES)
def test_iso_to_the_microsecond(moments: list[dt.datetime], zone: dt.timezone | None) -> None:
    moments = [moment.replace(year=max(2, moment.year), tzinfo=zone) for moment in moments]
    found, origin = seconds([moment.isoformat() for moment in moments])
    expected = [(moment - moments[0]) / dt.timedelta(seconds=1) for moment in moments]
    np.testing.assert_allclose(found, expected, rtol=1e-15, atol=1e-15)
    assert dt.datetime.fromisoformat(origin) == moments[0]


@pytest.mark.parametrize("form", WRITTEN)
@given(st.lists(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)), min_size=1, max_size=20))
def test_forms_that_leave_no_doubt(form: str, moments: list[dt.datetime]) -> None:
    moments = [moment.replace(microsecond=0) for moment in moments]
    found, origin = seconds([moment.strftime(form) for moment in moments])
    assert found == [(moment - moments[0]).total_seconds() for moment in moments]
    assert origin == moments[0].isoformat()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2024-02", "year first"),
        ("2024-01-02T03:04Z", "year first"),
        ("13/04/2024", "day first"),
        ("04/13/2024 3:04 pm", "month first"),
        ("03/04/2024", "either"),
        ("04/04/2024", "same"),
        *(
            (text, None)
            for text in ("1958.208", "2024", "20240101", "13/13/2024", "1/2/24", "10:00", "1-2", "may be 3")
        ),
    ],
)
def test_how_a_date_is_written(text: str, form: str | None) -> None:
    assert form_of(text) == form


def test_dates_of_which_day_and_month_can_be_exchanged() -> None:
    texts = ["03/04/2024", "05/04/2024"]
    with pytest.raises(
        InvalidParameter, match=r"dates: 03/04/2024 can be 3 Apr 2024 or 4 Mar 2024; dates=day_first or"
    ):
        seconds(texts)
    assert seconds(texts, "day_first") == ([0, 2 * 86400], "2024-04-03T00:00:00")
    assert seconds(texts, "month_first") == ([0, 61 * 86400], "2024-03-04T00:00:00")
    assert seconds([*texts, "30/04/2024"])[1] == "2024-04-03T00:00:00"
    with pytest.raises(InvalidParameter, match="in some dates the day is first, in others the month"):
        seconds(["13/04/2024", "04/13/2024"])


def test_what_is_no_time() -> None:
    found, _ = seconds(["2024-01-01", "2024-02-30", "2024-13-01", "", "x", "2024-01-01 25:00", "2024-01-01 24:00"])
    np.testing.assert_array_equal(found, [0, *[np.nan] * 5, 86400])
    assert is_time_of_day("10:00:01.5")


def test_zones_are_all_or_none() -> None:
    with pytest.raises(InvalidParameter, match="x_column: some times have a zone, others have none"):
        seconds(["2024-01-01 00:00Z", "2024-01-01 00:00"])
    clock = Clock()
    clock.seconds(np.array(["2024-01-01"], "M8[s]"), zoned=True)
    with pytest.raises(InvalidParameter, match="some times have a zone"):
        clock.seconds(np.array(["2024-01-01"], "M8[s]"), zoned=False)
