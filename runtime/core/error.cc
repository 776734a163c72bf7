#include "runtime/core/error.h"

namespace cortico {

const char* ToString(Error error) {
  switch (error) {
#define CORTICO_ERROR_TEXT(name, text) \
  case Error::name:                    \
    return text;
    CORTICO_ERRORS(CORTICO_ERROR_TEXT)
#undef CORTICO_ERROR_TEXT
  }
  return "unknown error";
}

}  // namespace cortico
