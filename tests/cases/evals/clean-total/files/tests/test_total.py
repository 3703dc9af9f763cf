from shop.total import total


def test_prices_are_summed():
    assert total([1, 2, 3]) == 6
