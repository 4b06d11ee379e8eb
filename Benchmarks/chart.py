"""A race's ratios as an SVG chart of horizontal bars."""

import math
import textwrap
from xml.sax.saxutils import escape

from cases import CASES
from results import named

COLOURS = ["#2b6cb0", "#c05621", "#2f855a", "#805ad5", "#b83280", "#718096"]
LABELS, PLOT, VALUES = 400, 440, 70  # widths
BAR, GAP, TOP, BOTTOM = 16, 8, 66, 60


def chart(lines, caption):
    """The bars of `lines`, from 1 to how many times as fast Martinet is, to the left where it is slower.

    The axis is logarithmic; a thin line from end to end is the range of the rounds.
    """
    ratios = [row["timesAsFast"] for row in lines]
    low = math.floor(math.log2(min([0.75] + [ratio["lowest"] for ratio in ratios])))
    high = math.ceil(math.log2(max([2] + [ratio["highest"] for ratio in ratios])))
    titles = list(dict.fromkeys(row["title"] for row in lines))
    colours = {title: COLOURS[index % len(COLOURS)] for index, title in enumerate(titles)}
    bottom = TOP + len(lines) * (BAR + GAP)
    # Names may be long, and nothing breaks lines in an SVG.
    caption_lines = textwrap.wrap(caption, 140)
    width, height = LABELS + PLOT + VALUES, bottom + BOTTOM + 15 * (len(caption_lines) - 1)

    def x(ratio):
        return LABELS + PLOT * (math.log2(ratio) - low) / (high - low)

    marks = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12" fill="#1a202c">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        text(16, 24, "How many times as fast as its peers Martinet is", size=16),
    ]
    for index, title in enumerate(titles):
        marks.append(rectangle(LABELS + 150 * index, 38, 12, 12, colours[title]))
        marks.append(text(LABELS + 150 * index + 18, 48, title))
    for power in range(low, high + 1):
        colour = "#1a202c" if power == 0 else "#e2e8f0"
        marks.append(segment(x(2**power), TOP - 4, x(2**power), bottom, colour))
        marks.append(text(x(2**power), bottom + 16, f"{2**power:g}", anchor="middle"))
    for index, row in enumerate(lines):
        ratio, y = row["timesAsFast"], TOP + index * (BAR + GAP)
        ends = sorted([x(1), x(ratio["median"])])
        marks.append(text(LABELS - 10, y + 12, row["part"] or CASES[row["case"]].title, anchor="end"))
        marks.append(rectangle(ends[0], y, ends[1] - ends[0], BAR, colours[row["title"]], named(row)))
        marks.append(segment(x(ratio["lowest"]), y + BAR / 2, x(ratio["highest"]), y + BAR / 2, "#1a202c"))
        marks.append(text(max(ends[1], x(ratio["highest"])) + 6, y + 12, f"{ratio['median']:.2f}"))
    for index, line in enumerate(caption_lines):
        marks.append(text(16, height - 14 - 15 * (len(caption_lines) - 1 - index), line, size=11))
    return "\n".join([*marks, "</svg>", ""])


def text(x, y, content, anchor="start", size=12):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(content)}</text>'


def rectangle(x, y, width, height, colour, title=""):
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" fill="{colour}">'
        f"<title>{escape(title)}</title></rect>"
    )


def segment(x1, y1, x2, y2, colour):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'
