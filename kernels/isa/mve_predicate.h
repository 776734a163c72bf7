// CORTICO_CHANGES_P0, at the end of the clobbers of an asm statement that uses predicates: gcc can be
// told; clang has no name for it, and callers must keep no predicate across such a statement.
#pragma once

#if defined(__clang__)
#define CORTICO_CHANGES_P0
#else
#define CORTICO_CHANGES_P0 , "p0"
#endif
