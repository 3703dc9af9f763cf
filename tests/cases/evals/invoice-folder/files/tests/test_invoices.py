from shop.invoices import names


def test_names_are_sorted(tmp_path):
    (tmp_path / "2.txt").write_text("second")
    (tmp_path / "1.txt").write_text("first")

    assert names(tmp_path) == ["1.txt", "2.txt"]
