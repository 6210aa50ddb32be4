// SPDX-License-Identifier: Apache-2.0
// The entry of libFuzzer for programs that have a main of their own (compiler-rt, FuzzerInterface).
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *data, size_t size));
