# Settings of the sanitizers for all test runs; sourced. A report ends the process with a status of its own.
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:abort_on_error=0:exitcode=99
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:exitcode=99
export TSAN_OPTIONS=second_deadlock_stack=1:halt_on_error=0:exitcode=99
export ASAN_SYMBOLIZER_PATH=/usr/lib/llvm-19/bin/llvm-symbolizer
export TSAN_OPTIONS="$TSAN_OPTIONS:external_symbolizer_path=/usr/lib/llvm-19/bin/llvm-symbolizer"
