"""Panels of images, counts and grouped points: what they show, and what tells their parts apart beside colour."""

from streamlit.testing.v1 import AppTest

from workbench.evaluate.panels import Histogram, Scatter
from workbench.models.layer import Layer
from workbench.recipe import Model
from workbench.ui import charts, layers, network_settings


def drawn():
    """A panel of one pair of images, as Evaluate shows it."""
    import numpy as np

    from workbench.evaluate.panels import Picture, Pictures
    from workbench.evaluate.pixels import address
    from workbench.ui import charts

    black, white = (address(np.full((8, 8, 1), value, np.uint8)) for value in (0, 255))
    pair = Picture(images=(black, white), caption="a *label*", row=4)
    charts.panel(Pictures(title="Some", help="What one sees.", names=("Image", "Copy"), pictures=(pair,)), "key")


def test_images_that_belong_together_are_shown_with_their_row_and_caption():
    test = AppTest.from_function(drawn).run()
    assert not test.exception
    said = [caption.value for caption in test.caption]
    assert said == ["From left to right: Image, Copy", "Row 5 · a \\*label\\*"]
    assert len(test.image) == 2


def test_counts_stand_over_their_gaps_and_differ_by_pattern():
    panel = Histogram(title="x", x_label="Error", edges=(0.0, 1.0, 3.0), series={"Normal": (4, 1), "Anomalies": (0, 2)})
    normal, anomalies = charts.histogram(panel).data
    assert list(normal.x) == [0.5, 2.0] and list(normal.width) == [1.0, 2.0] and list(normal.y) == [4, 1]
    assert normal.marker.pattern.shape != anomalies.marker.pattern.shape


def test_groups_of_points_differ_by_mark():
    panel = Scatter(title="x", x_label="a", y_label="b", x=(1, 2, 3), y=(4, 5, 6), groups=("one", "two", "one"))
    one, two = charts.scatter(panel).data
    assert (one.name, list(one.x), list(one.y)) == ("one", [1, 3], [4, 6])
    assert one.marker.symbol != two.marker.symbol
    (alone,) = charts.scatter(panel.model_copy(update={"groups": ()})).data
    assert list(alone.x) == [1, 2, 3]


def test_what_a_recipe_sets_of_a_network_is_said_in_words():
    chosen = Model(id="scratch/vae", settings={"latent": 8, "normal": ["good", "fine"]})
    wanted = "Numbers an image is squeezed into: 8 · Labels that are normal: good, fine"
    assert network_settings.said(chosen) == wanted
    assert network_settings.said(Model(id="scratch/lstm")) == network_settings.said(None) == ""


def test_the_bars_of_layers_are_as_wide_as_what_leaves_them():
    found = [Layer("filters", 3, (16, 8, 8), 144, ("normalised",)), Layer("code", 0, (31,), 16_416)]
    text = layers.picture(found)
    assert 'class="bar filters" style="width: 100%"' in text and 'class="bar code" style="width: 50%"' in text
    assert "Filters of 3 × 3 pixels" in text and "16 maps of 8 × 8 pixels · normalised · 144 weights" in text
