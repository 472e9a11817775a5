"""What the system tests share: programs under test, raw HTTP connections, outside tools."""

from .environment import bin_dir, in_ci, need, need_module, patience, scaled, sanitizer
from .program import Program, ProgramFailed
from .wire import Connection, Response, WireError, exchange, split_exchange

__all__ = ["bin_dir", "in_ci", "need", "need_module", "patience", "scaled", "sanitizer", "Program",
           "ProgramFailed", "Connection", "Response", "WireError", "exchange", "split_exchange"]
