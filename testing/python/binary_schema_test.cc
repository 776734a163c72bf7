// Our schema text of the program file against ExecuTorch's, both compiled by flatc: every table,
// field (name, id, offset, type, default), enumeration and union member of theirs is in ours.
// Usage: binary_schema_test OURS.bfbs THEIRS.bfbs
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "flatbuffers/reflection_generated.h"

namespace {

std::vector<char> ReadAll(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Names without their namespace, which does not reach the file.
std::string Short(const flatbuffers::String* name) {
  const std::string text = name->str();
  return text.substr(text.rfind('.') + 1);
}

std::string TypeText(const reflection::Schema* schema, const reflection::Type* type) {
  std::string text = std::to_string(type->base_type()) + "/" + std::to_string(type->element());
  if (type->index() < 0) return text;
  const bool object = type->base_type() == reflection::Obj || type->element() == reflection::Obj;
  return text + " of " + Short(object ? schema->objects()->Get(static_cast<unsigned>(type->index()))->name()
                                      : schema->enums()->Get(static_cast<unsigned>(type->index()))->name());
}

std::vector<std::string> Facts(const reflection::Schema* schema) {
  std::vector<std::string> facts = {"identifier " + schema->file_ident()->str()};
  for (const reflection::Object* object : *schema->objects())
    for (const reflection::Field* field : *object->fields())
      facts.push_back(Short(object->name()) + "." + field->name()->str() + " id " +
                      std::to_string(field->id()) + " at " + std::to_string(field->offset()) + ": " +
                      TypeText(schema, field->type()) + " = " +
                      std::to_string(field->default_integer()));
  for (const reflection::Enum* enumeration : *schema->enums())
    for (const reflection::EnumVal* value : *enumeration->values())
      facts.push_back(Short(enumeration->name()) + " " + value->name()->str() + " = " +
                      std::to_string(value->value()));
  return facts;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::vector<char> a = ReadAll(argv[1]), b = ReadAll(argv[2]);
  for (const auto* bytes : {&a, &b}) {
    flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size());
    if (!reflection::VerifySchemaBuffer(verifier)) return std::puts("no binary schema"), 1;
  }
  const auto ours = Facts(reflection::GetSchema(a.data()));
  const auto theirs = Facts(reflection::GetSchema(b.data()));
  int missing = 0;
  for (const std::string& fact : theirs) {
    bool found = false;
    for (const std::string& candidate : ours) found = found || candidate == fact;
    if (!found) ++missing, std::printf("not in ours: %s\n", fact.c_str());
  }
  std::printf("%zu facts of theirs, %zu of ours, %d missing\n", theirs.size(), ours.size(), missing);
  return missing == 0 && theirs.size() > 100 ? 0 : 1;
}
