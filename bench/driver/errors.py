"""The one failure that benchmarks raise on purpose: a sentence for whoever runs them."""


class BenchError(Exception):
    pass
