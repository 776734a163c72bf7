// Where in the user's code a node comes from, out of what torch.export recorded.
#pragma once

#include <string>
#include <string_view>

#include "compiler/graph/diagnostics.h"

namespace cortico {

/// `stack_trace` holds frames such as `File "net.py", line 7, in forward`, outermost first, with
/// whole paths or base names only; `module_stack` holds "key,path,class" entries joined by ';'.
///
/// The source is the innermost frame outside of torch. A frame with a bare base name counts as
/// torch's when torch has a module file of that name (conv.py) and none of the classes in the
/// module stack is from a user's module of that name.
Location LocationFrom(std::string node, std::string_view stack_trace,
                      std::string_view module_stack);

}  // namespace cortico
