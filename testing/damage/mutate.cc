#include "testing/damage/mutate.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <string_view>

#include "compiler/data/zip.h"

namespace cortico::testing {
namespace {

using Json = nlohmann::json;

constexpr std::array<uint64_t, 14> kExtremes = {
    0,          1,          0x7f,       0xff,        0x7fff,      0xffff,     0x7fffffff,
    0x80000000, 0xfffffffe, 0xffffffff, 0x100000000, INT64_MAX, 1ull << 63, UINT64_MAX};

size_t Position(Random& random, const Ranges& important, size_t size) {
  if (!important.empty() && random.Percent(66)) {
    const auto& [begin, end] = random.Pick(important);
    if (begin < end && end <= size) return begin + random.Below(end - begin);
  }
  return random.Below(size);
}

void Store(uint64_t value, size_t at, size_t width, Bytes* bytes) {
  if (at >= bytes->size()) return;
  std::memcpy(bytes->data() + at, &value, std::min(width, bytes->size() - at));
}

void MutateOnce(Random& random, const Ranges& important, Bytes* bytes) {
  const size_t size = bytes->size();
  const size_t at = Position(random, important, size);
  const auto here = bytes->begin() + static_cast<std::ptrdiff_t>(at);
  if (size == 0) {
    bytes->push_back(static_cast<uint8_t>(random.Next()));
    return;
  }
  const size_t other = Position(random, important, size);
  const size_t room = size - std::max(at, other);
  const size_t length =
      1 + random.Below(std::min<size_t>(room, size_t{1} << random.Below(10)));
  const auto block = bytes->begin() + static_cast<std::ptrdiff_t>(other);
  const auto block_end = block + static_cast<std::ptrdiff_t>(length);
  switch (random.Below(10)) {
    case 0:
    case 1:
      *here = static_cast<uint8_t>(*here ^ (1u << random.Below(8)));
      break;
    case 2:
      *here = static_cast<uint8_t>(random.Next());
      break;
    case 3:
      // Where numbers lie in a file whose fields are aligned.
      Store(random.Pick(kExtremes), at & ~size_t{3}, 4, bytes);
      break;
    case 4:
      Store(random.Pick(kExtremes), at, random.Percent(50) ? 4 : 8, bytes);
      break;
    case 5: {
      // A little more or less: offsets and counts that stay plausible.
      const size_t word = at & ~size_t{3};
      if (word + 4 > size) break;
      uint32_t value = 0;
      std::memcpy(&value, bytes->data() + word, 4);
      Store(value + static_cast<uint32_t>(random.Below(17)) - 8, word, 4, bytes);
      break;
    }
    case 6:
      std::memmove(bytes->data() + at, bytes->data() + other, length);
      break;
    case 7: {
      if (at + length > other && other + length > at) break;
      std::swap_ranges(block, block_end, here);
      break;
    }
    case 8:
      bytes->erase(block, block_end);
      break;
    case 9: {
      const Bytes copy(block, block_end);
      bytes->insert(here, copy.begin(), copy.end());
      break;
    }
  }
}

// ---- JSON --------------------------------------------------------------------------------------

// Stands in the document for text that a JSON library would not write.
constexpr std::string_view kRaw = "@raw@";

std::string Nested(size_t depth, std::string_view open, std::string_view close) {
  std::string text;
  for (size_t i = 0; i < depth; ++i) text += open;
  text += "1";
  for (size_t i = 0; i < depth; ++i) text += close;
  return text;
}

std::string RawText(Random& random) {
  static const std::array<std::string_view, 22> kTexts = {
      "-1", "0", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808",
      "-9223372036854775808", "99999999999999999999999", "1e400", "-1e400", "1e308", "1e-320",
      "0.5", "-0.0", "NaN", "", "[1,]", "\"\\ud800\"", "\"\xff\xfe\"", "\"\\n\\u001b[31m\\u0000\"",
      "{\"a\": 1, \"a\": [2]}", "4294967296"};
  if (random.Percent(90)) return std::string(random.Pick(kTexts));
  constexpr std::array<size_t, 4> kDepths = {20, 150, 250, 100000};
  const size_t depth = random.Pick(kDepths);
  return random.Percent(50) ? Nested(depth, "[", "]") : Nested(depth, "{\"as_graph\": ", "}");
}

std::vector<Json*> AllOf(Json* root) {
  std::vector<Json*> all = {root};
  for (size_t i = 0; i < all.size(); ++i) {
    if (!all[i]->is_structured()) continue;
    for (Json& child : *all[i]) all.push_back(&child);
  }
  return all;
}

Json OtherType(Random& random) {
  switch (random.Below(7)) {
    case 0:
      return nullptr;
    case 1:
      return random.Percent(50);
    case 2:
      return Json::array();
    case 3:
      return Json::object();
    case 4:
      return "";
    case 5:
      return std::string(random.Below(3000), 'x');
    default:
      return static_cast<int64_t>(random.Next());
  }
}

void MutateObject(Random& random, Json* object) {
  if (object->empty()) {
    (*object)["as_int"] = 1;
    return;
  }
  auto field = object->begin();
  std::advance(field, random.Below(object->size()));
  Json value = *field;
  const std::string key = field.key();
  if (random.Percent(60)) object->erase(key);
  if (random.Percent(40)) (*object)[key + "_"] = std::move(value);
}

void MutateArray(Random& random, Json* array) {
  if (array->empty()) {
    array->push_back(OtherType(random));
    return;
  }
  const size_t at = random.Below(array->size());
  const size_t other = random.Below(array->size());
  switch (random.Below(4)) {
    case 0:
      array->erase(at);
      break;
    case 1: {
      const Json copy = (*array)[at];
      array->insert(array->begin() + static_cast<std::ptrdiff_t>(other), copy);
      break;
    }
    case 2:
      std::swap((*array)[at], (*array)[other]);
      break;
    case 3:
      array->clear();
      break;
  }
}

void MutateJsonOnce(Random& random, Json* document, std::string* raw) {
  const std::vector<Json*> all = AllOf(document);
  Json* node = random.Pick(all);
  // Most of a document is text and objects of one key; what a reader computes with are numbers.
  if (random.Percent(40)) {
    for (int tries = 0; tries < 50 && !node->is_number(); ++tries) node = random.Pick(all);
  }
  const unsigned dice = static_cast<unsigned>(random.Below(100));
  if (node->is_number_integer() && dice < 30) {
    constexpr std::array<int64_t, 9> kNear = {-1, 0, 1, 2, 3, 7, 100, 65536, 1 << 20};
    *node = random.Pick(kNear);
  } else if (dice < 55) {
    *node = std::string(kRaw);
    *raw = RawText(random);
  } else if (dice < 65) {
    *node = OtherType(random);
  } else if (dice < 80) {
    // By a copy: the part may hold the node, or the node the part.
    Json part = *random.Pick(all);
    if (node->is_string()) {
      for (int tries = 0; tries < 50 && !part.is_string(); ++tries) part = *random.Pick(all);
    }
    *node = std::move(part);
  } else if (node->is_object()) {
    MutateObject(random, node);
  } else if (node->is_array()) {
    MutateArray(random, node);
  } else if (node->is_string()) {
    const std::string text = node->get<std::string>();
    Bytes bytes(text.begin(), text.end());
    MutateBytes(random, {}, &bytes);
    *node = std::string(bytes.begin(), bytes.end());
  } else {
    *node = nullptr;
  }
}

// Copies and prints of a document recurse: one that is nested deeper than any reader allows (a
// fuzzer's corpus comes to hold such) is mutated as bytes.
std::optional<Json> ParseShallow(const Bytes& bytes) {
  constexpr int kDeepest = 250;
  bool deep = false;
  const auto watch = [&deep](int depth, Json::parse_event_t, Json&) {
    deep = deep || depth > kDeepest;
    return true;
  };
  Json json = Json::parse(bytes.begin(), bytes.end(), watch, false);
  if (deep || json.is_discarded()) return std::nullopt;
  return json;
}

}  // namespace

void MutateBytes(Random& random, const Ranges& important, Bytes* bytes) {
  const size_t times = 1 + random.Below(3);
  for (size_t i = 0; i < times; ++i) MutateOnce(random, important, bytes);
}

std::vector<size_t> TruncationLengths(size_t size, const Ranges& important, bool full) {
  constexpr size_t kAtTheStart = 1000;
  constexpr size_t kWanted = 2000;
  std::set<size_t> lengths;
  for (size_t length = 0; length < (full ? size : std::min(size, kAtTheStart)); ++length) {
    lengths.insert(length);
  }
  const auto around = [&](size_t place) {
    for (const size_t length : {place - 1, place, place + 1}) {
      if (length < size) lengths.insert(length);  // 0 - 1 is no length
    }
  };
  around(size);
  for (const auto& [begin, end] : important) {
    if (lengths.size() > 3 * kWanted / 4) break;
    around(begin);
    around(end);
  }
  const size_t missing = kWanted - std::min(kWanted, lengths.size());
  const size_t stride = std::max<size_t>(1, size / (missing + 1));
  for (size_t length = 0; length < size; length += stride) lengths.insert(length);
  return {lengths.begin(), lengths.end()};
}

std::string MutateJson(Random& random, const nlohmann::json& document) {
  Json copy = document;
  std::string raw;
  const size_t times = 1 + random.Below(3);
  for (size_t i = 0; i < times; ++i) MutateJsonOnce(random, &copy, &raw);
  std::string text = copy.dump(-1, ' ', false, Json::error_handler_t::ignore);
  const std::string stand_in = "\"" + std::string(kRaw) + "\"";
  for (size_t at = text.find(stand_in); at != std::string::npos;
       at = text.find(stand_in, at + raw.size())) {
    text.replace(at, stand_in.size(), raw);
  }
  return text;
}

std::optional<Archive> Archive::Open(const Bytes& bytes) {
  std::string error;
  const auto zip = ZipReader::Open(bytes, {}, &error);
  if (!zip) return std::nullopt;
  Archive archive;
  for (const ZipEntry& entry : zip->entries()) {
    auto content = zip->Read(entry.name, &error);
    if (!content) return std::nullopt;
    Entry made{entry.name, std::move(*content), std::nullopt};
    if (entry.name.ends_with(".json")) {
      if (auto json = ParseShallow(made.bytes)) made.json = std::move(*json);
    }
    if (made.json) archive.documents_.push_back(archive.entries_.size());
    archive.entries_.push_back(std::move(made));
  }
  // Local header, entry of the directory, end of the directory.
  constexpr std::array<std::pair<std::string_view, size_t>, 3> kRecords = {
      {{"PK\x03\x04", 30}, {"PK\x01\x02", 46}, {"PK\x05\x06", 22}}};
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const auto& [signature, length] : kRecords) {
    for (size_t at = text.find(signature); at != text.npos; at = text.find(signature, at + 4)) {
      archive.records_.emplace_back(at, std::min(at + length, bytes.size()));
    }
  }
  return archive;
}

void Archive::MutateEntry(Random& random, const Entry& entry,
                          const std::function<void(Bytes*)>& mutate_bytes, Bytes* bytes) {
  if (entry.json && random.Percent(75)) {
    const std::string text = MutateJson(random, *entry.json);
    bytes->assign(text.begin(), text.end());
  } else if (random.Percent(10)) {
    bytes->resize(random.Below(bytes->size()));
  } else if (mutate_bytes) {
    mutate_bytes(bytes);
  } else {
    // The header of an array, and of most binary formats.
    constexpr size_t kHeader = 128;
    MutateBytes(random, {{0, std::min(kHeader, bytes->size())}}, bytes);
  }
}

Bytes Archive::Mutate(Random& random,
                      const std::function<void(Bytes*)>& mutate_bytes) const {
  std::vector<std::pair<std::string, Bytes>> files;
  for (const Entry& entry : entries_) files.emplace_back(entry.name, entry.bytes);
  if (files.empty()) return {};
  const size_t at = random.Below(files.size());
  const size_t other = random.Below(files.size());
  switch (random.Below(20)) {
    case 0:
      files.erase(files.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 1:
      files[at].first += "_";
      break;
    case 2:
      std::swap(files[at].second, files[other].second);
      break;
    case 3:
      MutateEntry(random, entries_[at], mutate_bytes, &files[at].second);
      MutateEntry(random, entries_[other], mutate_bytes, &files[other].second);
      break;
    default: {
      const size_t chosen =
          !documents_.empty() && random.Percent(75) ? random.Pick(documents_) : at;
      MutateEntry(random, entries_[chosen], mutate_bytes, &files[chosen].second);
    }
  }
  std::string error;
  auto bytes = WriteZip(files, /*deflate=*/random.Percent(20), &error);
  return bytes ? std::move(*bytes) : Bytes();
}

}  // namespace cortico::testing
