"""Collects measured values and shows them as a table and as JSON lines.

A value belongs to a case, a contender and a metric, and is measured several times. The figure is the median; the
ratio is the median divided by the reference contender's. On a machine that others use too, the minima and their
ratio are steadier, so tables show both.
"""
import json
import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Summary:
    median: float
    minimum: float
    maximum: float


@dataclass(frozen=True)
class Column:
    """How a table shows a metric: the value is multiplied by `scale` and printed with `decimals`."""

    metric: str
    title: str
    decimals: int = 0
    scale: float = 1.0
    ratio: bool = True


UNITS = {"cpu_us": "us", "cpu_ns_kib": "ns/KiB", "rps": "1/s", "p50_us": "us", "p99_us": "us", "rss_kib": "KiB", "allocations": "1",
         "start_ms": "ms"}


class Figures:
    def __init__(self, bench: str, reference: str | None):
        self.bench = bench
        self.reference = reference
        self._samples: dict[tuple[str, str, str], list[float]] = {}

    def add(self, case: str, contender: str, metric: str, value: float) -> None:
        if metric not in UNITS:
            raise ValueError(f'unknown metric "{metric}"; known: {", ".join(UNITS)}')
        self._samples.setdefault((case, contender, metric), []).append(float(value))

    def cases(self) -> list[str]:
        return list(dict.fromkeys(case for case, _, _ in self._samples))

    def contenders(self, case: str) -> list[str]:
        """Those that have values in the case, in the order in which values of any case came first."""
        present = {contender for of, contender, _ in self._samples if of == case}
        return [name for name in dict.fromkeys(contender for _, contender, _ in self._samples) if name in present]

    def summary(self, case: str, contender: str, metric: str) -> Summary | None:
        samples = self._samples.get((case, contender, metric))
        return Summary(statistics.median(samples), min(samples), max(samples)) if samples else None

    def ratio(self, case: str, contender: str, metric: str, of: str = "median") -> float | None:
        """The contender's median (or "minimum", "maximum") divided by the reference's; None: there is none."""
        mine = self.summary(case, contender, metric)
        reference = self.summary(case, self.reference, metric) if self.reference else None
        if mine is None or reference is None or getattr(reference, of) == 0:
            return None
        return getattr(mine, of) / getattr(reference, of)

    def json_lines(self) -> list[str]:
        return [json.dumps(self._json_object(*key)) for key in self._samples]

    def write_json(self, path: str) -> None:
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in self.json_lines())

    def table(self, case: str, columns: list[Column]) -> str:
        """One row for each contender; a cell is "median [minimum..maximum]"."""
        shown = [column for column in columns if any(self._has(case, name, column) for name in self.contenders(case))]
        header = ["contender"]
        for column in shown:
            header += [column.title] + (["ratio", "of minima"] if self._shows_ratio(column) else [])
        rows = [header]
        for contender in self.contenders(case):
            row = [contender]
            for column in shown:
                row += self._cells(case, contender, column)
            rows.append(row)
        return align(rows)

    def _has(self, case: str, contender: str, column: Column) -> bool:
        return (case, contender, column.metric) in self._samples

    def _shows_ratio(self, column: Column) -> bool:
        return column.ratio and self.reference is not None

    def _cells(self, case: str, contender: str, column: Column) -> list[str]:
        summary = self.summary(case, contender, column.metric)
        if summary is None:
            return ["-"] * (3 if self._shows_ratio(column) else 1)
        low, middle, high = (f"{value * column.scale:,.{column.decimals}f}"
                             for value in (summary.minimum, summary.median, summary.maximum))
        cells = [f"{middle} [{low}..{high}]"]
        if self._shows_ratio(column):
            for statistic in ("median", "minimum"):
                ratio = self.ratio(case, contender, column.metric, statistic)
                cells.append("-" if ratio is None else f"{ratio:.2f}")
        return cells

    def _json_object(self, case: str, contender: str, metric: str) -> dict:
        ratio = self.ratio(case, contender, metric)
        return {
            "bench": self.bench,
            "case": case,
            "contender": contender,
            "metric": metric,
            "value": round(self.summary(case, contender, metric).median, 6),
            "unit": UNITS[metric],
            "reference": self.reference,
            "ratio": None if ratio is None else round(ratio, 4),
        }


def align(rows: list[list[str]]) -> str:
    """Pads the first column on the right and the others on the left."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells))
    return "\n".join(lines)
