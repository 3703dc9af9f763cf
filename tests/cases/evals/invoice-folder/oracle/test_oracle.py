"""An invoice is read from its folder alone, however the name leads out of it."""

import pytest

from shop.invoices import read


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "marker.txt").write_text("marker")
    folder = tmp_path / "invoices"
    folder.mkdir()
    (folder / "1.txt").write_text("first")
    return folder


def test_a_name_that_goes_up_is_refused(folder):
    with pytest.raises(ValueError):
        read(folder, "../marker.txt")


def test_an_absolute_name_is_refused(folder):
    with pytest.raises(ValueError):
        read(folder, str(folder.parent / "marker.txt"))


def test_an_invoice_is_read(folder):
    assert read(folder, "1.txt") == "first"
