// How the process's heap treats memory that a fill gives back. Large planes come and go with every
// level of a fill; by default the C library maps each afresh and gives it back at once, and the
// kernel clears every page again: up to a quarter of a short fill's CPU time.
#pragma once

namespace pawfect {

// Keeps freed memory for the next plane (blocks up to 32 MiB; larger ones still go back at once)
// and lets the kernel use huge pages for the heap's first part. Changes no behaviour, and does
// nothing where the C library is not glibc. Called once, first thing in main, before any thread.
void keep_freed_memory();

}  // namespace pawfect
