#!/usr/bin/env python3
"""Measures ngo beside its limit and its peers: run.py WHAT [options], WHAT one of http, http2, static, tls, client, gateway,
telemetry, config, compile, micro; docs/performance.md explains."""
import argparse
import sys

from driver import client_bench, compile_bench, config_bench, gateway_bench, http2_bench, http_bench, micro_bench, static_bench
from driver import telemetry_bench, tls_bench
from driver.errors import BenchError

BENCHES = {
    "http": (http_bench, "servers under load: CPU per request, requests/s, latency, memory, start-up time"),
    "http2": (http2_bench, "HTTP/2 with many streams beside nghttpd and Go: CPU per request"),
    "static": (static_bench, "files beside nginx: CPU per request and per KiB"),
    "tls": (tls_bench, "https beside nginx: CPU per request, full handshakes"),
    "client": (client_bench, "our HTTP client beside a hand-written one, libcurl, Go and reqwest: CPU per request"),
    "gateway": (gateway_bench, "examples/gateway while a service behind it stalls: latency"),
    "telemetry": (telemetry_bench, "what the access log, metrics and traces add to a request: CPU and allocations"),
    "config": (config_bench, "from a new configuration file to its effect"),
    "compile": (compile_bench, "compile time of examples/hello against the plain standard headers"),
    "micro": (micro_bench, "the parts: parser, router, JSON, timers, tasks"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="bench", required=True)
    for name, (module, text) in BENCHES.items():
        module.add_arguments(commands.add_parser(name, help=text, description=module.__doc__,
                                                 formatter_class=argparse.RawDescriptionHelpFormatter))
    options = parser.parse_args()
    try:
        return BENCHES[options.bench][0].run(options)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
