"""The layout of figures whose axes are all alike.

Matplotlib's constrained layout solves for every margin, and looks at all labels twice for that: most of the time that
the figure of a study's child takes.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine

# Between what is drawn and the edge of the figure, or what is beside it, in points.
_PAD = 4.0


class EvenLayout(LayoutEngine):
    """Gives every axes of a grid the same margins, those of the widest labels, and legends the room beneath them."""

    _adjust_compatible = True
    _colorbar_gridspec = False

    def execute(self, fig: Figure) -> None:
        """Place the axes; where labels leave no room for them they stay where they are."""
        renderer, pad = _renderer(fig), _PAD * fig.dpi / 72
        grid = fig.axes[0].get_gridspec()
        assert grid is not None, "its axes are subplots"
        left, bottom, right, top = (margin + pad for margin in _margins(fig.axes, renderer))
        beneath = sum(legend.get_window_extent(renderer).height + pad for legend in fig.legends)
        width = fig.bbox.width / grid.ncols - left - right
        height = (fig.bbox.height - beneath) / grid.nrows - bottom - top
        if width > 0 and height > 0:
            fig.subplots_adjust(
                left=left / fig.bbox.width,
                right=1 - right / fig.bbox.width,
                bottom=(beneath + bottom) / fig.bbox.height,
                top=1 - top / fig.bbox.height,
                wspace=(left + right) / width,
                hspace=(bottom + top) / height,
            )


def _renderer(figure: Figure) -> RendererAgg:
    canvas = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    renderer: RendererAgg = canvas.get_renderer()  # type: ignore[no-untyped-call]
    return renderer


def _margins(axes: Sequence[Axes], renderer: RendererAgg) -> tuple[float, float, float, float]:
    """What is drawn to the left, beneath, to the right and above, at most, in pixels."""
    pairs = [(each.bbox, each.get_tightbbox(renderer, for_layout_only=True) or each.bbox) for each in axes]
    return (
        max(inner.x0 - outer.x0 for inner, outer in pairs),
        max(inner.y0 - outer.y0 for inner, outer in pairs),
        max(outer.x1 - inner.x1 for inner, outer in pairs),
        max(outer.y1 - inner.y1 for inner, outer in pairs),
    )
