// What is logged when the program crashes: all lines that are queued, and then one with the signal and the
// stack of the thread that crashed. Afterwards the signal does what it would have done (a core dump).
#pragma once

namespace ngo::log {

// For SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT (std::terminate, a failed assertion); those that somebody
// else has taken already (a sanitizer, a crash reporter) are left alone. Calling it again does nothing.
void install_crash_handler();

}  // namespace ngo::log
