"""Turns a race's turns into figures, and figures into tables."""

import statistics

from cases import CASES, PEERS


def spread(values):
    """Median, lowest and highest."""
    return {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}


def times(case, martinet, other):
    """The pairs of medians in milliseconds that a turn has measured, by name: one of "", or one for each convolution."""
    if case.kind != "convolutions":
        return {"": (statistics.median(martinet["milliseconds"]), statistics.median(other["milliseconds"]))}
    names = [f"{layer['layer']}, {layer['direction']}" for layer in martinet["measurements"]]
    own = [layer["medianMilliseconds"] for layer in martinet["measurements"]]
    return dict(zip(names, zip(own, other["medianMilliseconds"], strict=True), strict=True))


def memory(results):
    """The process's peak, and that peak net of what was resident before the model was made; medians, in bytes."""
    return {
        "process": statistics.median(result["peakMemory"] for result in results),
        "net": statistics.median(result["peakMemory"] - result["baselineMemory"] for result in results),
    }


def lines_of(turns):
    """The lines of a race's tables: for each case, title of peers and convolution the variant with the least time."""
    variants = {}
    for turn in turns:
        case = CASES[turn["case"]]
        for part, pair in times(case, turn["martinet"], turn["other"]).items():
            key = (turn["case"], PEERS[turn["peer"]].title, part)
            variants.setdefault(key, {}).setdefault(turn["peer"], []).append((turn, *pair))
    order = list(CASES)
    lines = [
        min((line(*key, peer, measured) for peer, measured in of_peer.items()), key=lambda row: row["other"]["median"])
        for key, of_peer in variants.items()
    ]
    return sorted(lines, key=lambda row: order.index(row["case"]))


def line(case, title, part, peer, measured):
    """One line: a case, or a convolution of one, against one variant of a peer."""
    turns, own, others = zip(*measured, strict=True)
    row = {
        "case": case,
        "part": part,
        "title": title,
        "peer": peer,
        "turns": len(turns),
        "martinet": spread(own),
        "other": spread(others),
        "timesAsFast": spread([theirs / ours for ours, theirs in zip(own, others, strict=True)]),
    }
    if CASES[case].is_step:
        row["operations"] = turns[0]["martinet"]["operations"]
        row["martinetMemory"] = memory([turn["martinet"] for turn in turns])
        row["otherMemory"] = memory([turn["other"] for turn in turns])
    return row


def markdown(header, rows):
    """A Markdown table whose columns are as wide as their widest cell."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    text = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in [header, *rows]]
    text.insert(1, ["-" * width for width in widths])
    return "\n".join(f"| {' | '.join(row)} |" for row in text)


def shown(figures, digits):
    """Median and range: "20.5 (19.8 to 22.0)"."""
    low, median, high = (f"{figures[name]:.{digits}f}" for name in ("lowest", "median", "highest"))
    return f"{median} ({low} to {high})"


def named(row):
    """The peer with its variant: "PyTorch channels-last"."""
    variant = PEERS[row["peer"]].variant
    return f"{row['title']}, {variant}" if row["title"] == "PyTorch" else row["title"]


def times_table(lines):
    """The times of whole networks, and what Martinet does in a second."""
    header = ["case", "Martinet ms", "GFLOP/s", "peer", "its ms", "Martinet times as fast"]
    rows = [
        [
            CASES[row["case"]].title,
            shown(row["martinet"], 1),
            f"{row['operations'] / row['martinet']['median'] / 1e6:.0f}" if "operations" in row else "",
            named(row),
            shown(row["other"], 1),
            shown(row["timesAsFast"], 2),
        ]
        for row in lines
    ]
    return markdown(header, rows)


def memory_table(lines):
    """The peak memory of whole processes, and net of what they held before the model was made."""
    header = ["case", "Martinet MB", "net", "peer", "its MB", "net", "Martinet's share", "net"]
    rows = []
    for row in lines:
        own, other = row["martinetMemory"], row["otherMemory"]
        rows.append(
            [
                CASES[row["case"]].title,
                f"{own['process'] / 1e6:.0f}",
                f"{own['net'] / 1e6:.0f}",
                named(row),
                f"{other['process'] / 1e6:.0f}",
                f"{other['net'] / 1e6:.0f}",
                f"{own['process'] / other['process']:.2f}",
                f"{own['net'] / other['net']:.2f}",
            ]
        )
    return markdown(header, rows)


def convolutions_table(lines):
    """The times of single convolutions."""
    header = ["convolution", "Martinet ms", "peer", "its ms", "Martinet times as fast"]
    rows = [
        [row["part"], shown(row["martinet"], 2), named(row), shown(row["other"], 2), shown(row["timesAsFast"], 2)]
        for row in lines
    ]
    return markdown(header, rows)


def report(lines):
    """All tables under their headings."""
    networks = [row for row in lines if not row["part"]]
    steps = [row for row in networks if "martinetMemory" in row]
    sections = []
    if networks:
        sections.append(f"## Time\n\n{times_table(networks)}")
    if steps:
        sections.append(f"## Peak memory\n\n{memory_table(steps)}")
    for case in dict.fromkeys(row["case"] for row in lines if row["part"]):
        of_case = [row for row in lines if row["case"] == case]
        sections.append(f"## {CASES[case].title}\n\n{convolutions_table(of_case)}")
    return "\n\n".join(sections)
