// Access to JSON that may be anything: every accessor gives null for what is not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace cortico {

using Json = nlohmann::json;

/// The document, or nothing with the reason in `error`.
inline std::optional<Json> ParseJson(std::span<const uint8_t> bytes, std::string* error) {
  // Graphs inside of graphs are the only deep thing in the format. Counting brackets first bounds
  // what everything that walks the document later needs of the stack.
  constexpr int kMaxDepth = 200;
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto c = static_cast<char>(bytes[i]);
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) {
        *error = "is nested too deeply";
        return std::nullopt;
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  try {
    return Json::parse(bytes.begin(), bytes.end());
  } catch (const Json::parse_error& parse_error) {
    *error = "is no sound JSON at byte " + std::to_string(parse_error.byte);
  } catch (const Json::exception&) {
    *error = "is no sound JSON";
  }
  return std::nullopt;
}

inline const Json* Field(const Json* object, const char* key) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(key);
  return found == object->end() || found->is_null() ? nullptr : &*found;
}

inline const Json* ArrayIn(const Json* object, const char* key) {
  const Json* field = Field(object, key);
  return field != nullptr && field->is_array() ? field : nullptr;
}

inline const std::string* AsString(const Json* json) {
  return json == nullptr ? nullptr : json->get_ptr<const std::string*>();
}
inline const std::string* StringIn(const Json* object, const char* key) {
  return AsString(Field(object, key));
}
/// The text of a field, empty when there is none.
inline std::string TextIn(const Json* object, const char* key) {
  const std::string* text = StringIn(object, key);
  return text == nullptr ? "" : *text;
}

inline std::optional<int64_t> AsInt(const Json* json) {
  if (json == nullptr || !json->is_number_integer()) return std::nullopt;
  if (json->is_number_unsigned() &&
      json->get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return std::nullopt;
  }
  return json->get<int64_t>();
}
inline std::optional<bool> AsBool(const Json* json) {
  if (json == nullptr || !json->is_boolean()) return std::nullopt;
  return json->get<bool>();
}
/// A number, or one of the three words the format has for what JSON cannot say.
inline std::optional<double> AsDouble(const Json* json) {
  if (json == nullptr) return std::nullopt;
  if (json->is_number()) return json->get<double>();
  const std::string* text = AsString(json);
  if (text == nullptr) return std::nullopt;
  if (*text == "Infinity") return std::numeric_limits<double>::infinity();
  if (*text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (*text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

/// The format's unions are objects with one key, which says the kind. Empty kind: none is set.
struct Union {
  std::string kind;
  const Json* value = nullptr;
  bool Is(std::string_view name) const { return kind == name; }
};
inline Union AsUnion(const Json* json) {
  if (json == nullptr || !json->is_object() || json->size() != 1) return {};
  return {json->begin().key(), &json->begin().value()};
}

}  // namespace cortico
