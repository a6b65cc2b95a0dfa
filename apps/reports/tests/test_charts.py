"""Charts: the same bars on paper, and on the screen with links and a table."""

from apps.reports.charts import Bar, Chart

_BARS = [Bar("May", 400, "$4.00", "/may"), Bar("June", -200, "−$2.00"), Bar("July", 0, "$0.00")]


def test_on_paper_the_longest_bar_takes_the_room_and_nothing_is_a_link() -> None:
    chart = Chart("Commission", _BARS)

    assert [one["length"] for one in chart.drawn] == [380.0, 190.0, 0.0]
    svg = chart.svg()
    assert 'aria-label="Commission"' in svg
    assert 'role="img"' in svg
    assert svg.count("is-negative") == 1
    assert "/may" not in svg


def test_on_the_screen_bars_are_links_and_the_figures_are_a_table_too() -> None:
    text = Chart("Commission", _BARS).on_screen()

    assert text.count('<a href="/may">') == 2
    assert '<th scope="row">June</th><td class="number">−$2.00</td>' in text
    # What has links in it is a group, since nobody could reach them inside an image.
    assert 'role="group"' in text


def test_a_chart_of_nothing_has_no_length() -> None:
    assert Chart("Nothing", [Bar("May", 0, "0")]).drawn[0]["length"] == 0
    assert Chart("Nothing", []).height == 0
