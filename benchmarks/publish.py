"""Shows benchmarks/results.json to readers: the picture, and the tables in docs/benchmarks.md and README.md."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.__main__ import RESULTS
from benchmarks.figures import shown
from benchmarks.picture import PICTURE, picture
from benchmarks.prices import LAMBDA_GB_SECOND
from benchmarks.scale import WORKS
from components.packaging import ROOT

Results = Mapping[str, Any]

MEMORIES = (256, 512, 1024, 1769)
MEMORY_MATTERS = ("planning", "import", "export", "recount")

BEGIN, END = "<!-- figures of benchmarks/results.json -->", "<!-- end of figures -->"
PAGE, README, FAR = ROOT / "docs" / "benchmarks.md", ROOT / "README.md", ROOT / "docs" / "scale.md"

TITLES = {
    "sending": "Sending",
    "planning": "Planning",
    "scale": "Ten million people",
    "events": "Events",
    "cost": "Cost",
    "api": "Handlers",
    "cold_start": "Cold start",
    "files": "Import and export",
    "deploy": "Deployment",
    "pulumi_engine": "Pulumi's engine",
    "idle": "Idle",
}


def all_figures(results: Results) -> str:
    """Every figure, in tables by part."""
    tables = []
    for part, title in TITLES.items():
        found = results[part]
        rows = [
            f"| {figure['name']} | {_value(figure, 'value')} | {_value(figure, 'plain')} | "
            f"{shown(figure.get('ratio'))} | {figure.get('aim', '')}{_verdict(figure)} |"
            for figure in found["figures"]
        ]
        measured = found["measured"]
        when = f"Measured at {measured['at']} in {measured['seconds']} s, at a load of {measured['load']}."
        if missing := found["notes"].get("not measured"):
            when += f" {missing}"
        head = ["| figure | measured | plain way | ratio | target |", "|---|--:|--:|--:|---|"]
        tables.append("\n".join([f"### {title}", "", *head, *rows, "", when]))
    return "\n\n".join(tables)


def _value(figure: Mapping[str, Any], name: str) -> str:
    return f"{shown(figure[name])} {figure.get('unit', '')}".strip() if name in figure else ""


def _verdict(figure: Mapping[str, Any]) -> str:
    return {True: ", met", False: ", **missed**"}.get(figure.get("met"), "")


def few_figures(results: Results) -> str:
    """What a reader needs to choose between this and a plain loop."""
    figures = {figure["name"]: figure for part in results.values() for figure in part["figures"]}

    def row(words: str, *names: str, percent: bool = False) -> str:
        cells = [
            " / ".join(
                f"{100 * figures[name][kind]:.0f} %" if percent else shown(figures[name][kind]) for name in names
            )
            for kind in ("plain", "value")
        ]
        return f"| {words} | {' | '.join(cells)} |"

    reach = figures["recipients until the plain function's time is up"]["value"]
    cost = figures["all but SES, deliveries"]["value"]
    share = figures["of SES's fee, accounts since July 2026, deliveries, 100/s"]["value"]
    rates = [f"used of the account's rate at {rate}/s" for rate in (14, 100, 500)]
    return "\n".join(
        [
            "| | plain loop | here |",
            "|---|--:|--:|",
            row("share of SES's rate used, at 14 / 100 / 500 emails a second", *rates, percent=True),
            row("recipients per call to SES, at 100 a second", "recipients an SES call at 100/s"),
            f"| recipients before the function times out | {shown(round(reach, -2))} | no limit |",
            row("MB of memory to plan a campaign for 1,000,000", "memory for 1,000,000"),
            f"| dollars per million emails besides SES's fee | | {cost:.2f}: {share:.1f} % of the fee |",
        ]
    )


def far_figures(results: Results) -> str:
    """What work on whole lists takes, by their size."""
    wholes = results["scale"]["notes"]["whole lists"]
    sizes = list(next(iter(wholes.values())))
    heads = [f"{int(size):,} people" for size in sizes]
    rows = [
        f"| {name} | {' | '.join(f'{_lasting(found[size])}, {_costing(found[size])}' for size in sizes)} |"
        for name, found in wholes.items()
    ]
    table = [f"| | {' | '.join(heads)} |", f"|---|{'--:|' * len(heads)}", *rows]
    return "\n".join([*table, "", *_by_memory(wholes, sizes[-1])])


def _by_memory(wholes: Mapping[str, Any], size: str) -> list[str]:
    """What memory does to the work that takes longest: time, and what Lambda charges for it."""
    works = [work for work in WORKS if work.name in MEMORY_MATTERS]
    rows = []
    for work in works:
        spent = wholes[work.name][size]
        cells = []
        for memory in MEMORIES:
            seconds = work.seconds(memory, spent["processor"], spent["calls"])
            dollars = seconds * memory / 1024 * LAMBDA_GB_SECOND
            shown_ = f"{seconds / 60:,.0f} min, ${dollars:.2f}"
            cells.append(f"**{shown_}**" if memory == work.memory else shown_)
        rows.append(f"| {work.name} | {' | '.join(cells)} |")
    heads = [f"{memory:,} MB" for memory in MEMORIES]
    words = (
        f"For {int(size):,} people by the memory of the function, with Lambda's charge alone; what it has is in bold:"
    )
    return [words, "", f"| | {' | '.join(heads)} |", f"|---|{'--:|' * len(heads)}", *rows]


def _lasting(whole: Mapping[str, float]) -> str:
    seconds = 60 * whole["minutes"]
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{whole['minutes']:.0f} min"


def _costing(whole: Mapping[str, float]) -> str:
    dollars = whole["dollars"]
    return f"${dollars:.2f}" if dollars >= 0.005 else f"{100 * dollars:.2g} ¢"


def with_figures(text: str, figures: str) -> str:
    """A page with the figures in their place."""
    return re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{figures}\n{END}", text, flags=re.DOTALL)


def pages(results: Results) -> Mapping[Path, str]:
    """The figures that each page shows."""
    return {PAGE: all_figures(results), README: few_figures(results), FAR: far_figures(results)}


def main() -> None:
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    PICTURE.write_text(picture(results), encoding="utf-8")
    for page, figures in pages(results).items():
        page.write_text(with_figures(page.read_text(encoding="utf-8"), figures), encoding="utf-8")
    print("shown in", ", ".join(str(file.relative_to(ROOT)) for file in (PICTURE, *pages(results))))


if __name__ == "__main__":
    main()
