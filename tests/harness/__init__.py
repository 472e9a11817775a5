"""What the system tests share: programs under test, raw HTTP connections, outside tools."""

from .browser import Browser, BrowserFailed
from .case import LAST, ServedCase, chunked, eventually, request
from .certificates import Authority
from .environment import bin_dir, in_ci, need, need_module, note, patience, sanitizer, scaled
from .files import FilesCase, Nginx
from .program import Program, ProgramFailed, run_once
from .wire import Connection, Response, WireError, exchange, split_exchange
