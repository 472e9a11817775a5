"""What the system tests share: programs under test, raw HTTP connections, outside tools."""

from .browser import Browser, BrowserFailed
from .case import LAST, CallingCase, ServedCase, chunked, eventually, request
from .certificates import Authority
from .environment import bin_dir, free_port, in_ci, need, need_module, note, patience, sanitizer, scaled
from .files import FilesCase, Nginx
from .processes import Backend, answers, ask_json, listens
from .program import Program, ProgramFailed, run_once
from .wire import Connection, Response, WireError, exchange, split_exchange
