# shellcheck shell=bash
# Settings of the sanitizers for all test runs; sourced. A report ends the process with a status of its own.
symbolizer=/usr/lib/llvm-19/bin/llvm-symbolizer
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:exitcode=99
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:exitcode=99
export TSAN_OPTIONS=second_deadlock_stack=1:history_size=4:exitcode=99:external_symbolizer_path=$symbolizer
export ASAN_SYMBOLIZER_PATH=$symbolizer UBSAN_SYMBOLIZER_PATH=$symbolizer
