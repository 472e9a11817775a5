"""What the benchmarks share: figures and their tables, measured processes, load, and the contenders."""
