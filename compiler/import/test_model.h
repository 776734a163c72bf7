// Builds small .pt2 archives for tests, sound unless a test breaks them on purpose.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/data/zip.h"
#include "compiler/import/json_reader.h"
#include "compiler/import/pt2.h"

namespace cortico {

/// Numbers of the serialized ScalarType.
inline constexpr int kSerializedInt8 = 2;
inline constexpr int kSerializedInt64 = 5;
inline constexpr int kSerializedFloat = 7;
inline constexpr int kSerializedBool = 12;

inline Json SymbolJson(const std::string& name, int hint) {
  return {{"as_expr",
           {{"expr_str", "Symbol('" + name + "', positive=True, integer=True)"},
            {"hint", {{"as_int", hint}}}}}};
}

/// A size is a number or whatever SymbolJson returns.
inline Json MetaJson(int dtype, const std::vector<Json>& sizes, std::vector<int64_t> strides = {},
                     int64_t offset = 0) {
  Json meta = {{"dtype", dtype},
               {"sizes", Json::array()},
               {"strides", Json::array()},
               {"storage_offset", {{"as_int", offset}}},
               {"device", {{"type", "cpu"}, {"index", nullptr}}},
               {"layout", 7},
               {"requires_grad", false}};
  for (const Json& size : sizes) {
    meta["sizes"].push_back(size.is_number() ? Json{{"as_int", size}} : size);
  }
  if (strides.empty()) {
    int64_t stride = 1;
    for (size_t i = sizes.size(); i-- > 0;) {
      strides.insert(strides.begin(), stride);
      if (sizes[i].is_number()) stride *= sizes[i].get<int64_t>();
    }
  }
  for (const int64_t stride : strides) meta["strides"].push_back({{"as_int", stride}});
  return meta;
}

inline Json TensorJson(const std::string& name) { return {{"as_tensor", {{"name", name}}}}; }

struct TestModel {
  Json document = {
      {"graph_module",
       {{"graph",
         {{"inputs", Json::array()},
          {"outputs", Json::array()},
          {"nodes", Json::array()},
          {"tensor_values", Json::object()},
          {"sym_int_values", Json::object()},
          {"sym_bool_values", Json::object()},
          {"sym_float_values", Json::object()}}},
        {"signature", {{"input_specs", Json::array()}, {"output_specs", Json::array()}}}}},
      {"schema_version", {{"major", 8}, {"minor", 20}}},
      {"range_constraints", Json::object()},
      {"torch_version", "2.13.0"}};
  Json weights = {{"config", Json::object()}};
  Json constants = {{"config", Json::object()}};
  /// Entries below the root folder; Build() adds the JSON ones unless they are here already.
  std::map<std::string, std::string> entries = {
      {"archive_format", "pt2"}, {"archive_version", "0"}, {"byteorder", "little"}};
  std::vector<std::string> without;  ///< entries that Build() leaves out

  Json& graph() { return document["graph_module"]["graph"]; }
  Json& signature() { return document["graph_module"]["signature"]; }
  Json& Value(const std::string& name) { return graph()["tensor_values"][name]; }

  TestModel& Input(const std::string& name, const std::vector<Json>& sizes,
                   int dtype = kSerializedFloat) {
    Value(name) = MetaJson(dtype, sizes);
    graph()["inputs"].push_back(TensorJson(name));
    signature()["input_specs"].push_back({{"user_input", {{"arg", TensorJson(name)}}}});
    return *this;
  }
  /// `kind` is parameter, buffer or tensor_constant; `record` the storage's entry name.
  TestModel& Weight(const std::string& kind, const std::string& name, const std::string& origin,
                    const Json& meta, const std::string& record, const std::string& bytes) {
    Value(name) = meta;
    graph()["inputs"].push_back(TensorJson(name));
    Json spec = {{"arg", {{"name", name}}}, {kind + "_name", origin}};
    if (kind == "buffer") spec["persistent"] = true;
    signature()["input_specs"].push_back({{kind, spec}});
    const bool constant = kind == "tensor_constant";
    (constant ? constants : weights)["config"][origin] = {
        {"path_name", record}, {"is_param", false}, {"use_pickle", false}, {"tensor_meta", meta}};
    entries[std::string("data/") + (constant ? "constants/" : "weights/") + record] = bytes;
    return *this;
  }
  /// A float parameter [2] with the values 1 and 2.
  TestModel& SmallWeight(const std::string& name, const std::string& origin) {
    const float values[2] = {1, 2};
    return Weight("parameter", name, origin, MetaJson(kSerializedFloat, {2}), "weight_" + name,
                  std::string(reinterpret_cast<const char*>(values), sizeof(values)));
  }
  /// A node with one float result.
  TestModel& Node(const std::string& target, const std::vector<std::pair<std::string, Json>>& args,
                  const std::string& result, const std::vector<Json>& sizes = {2}) {
    Value(result) = MetaJson(kSerializedFloat, sizes);
    return NodeWith(target, args, {TensorJson(result)});
  }
  TestModel& NodeWith(const std::string& target,
                      const std::vector<std::pair<std::string, Json>>& args,
                      const std::vector<Json>& outputs) {
    Json node = {{"target", target},
                 {"inputs", Json::array()},
                 {"outputs", outputs},
                 {"metadata",
                  {{"stack_trace", "  File \"net.py\", line 7, in forward\n    y = self.fc(x)"},
                   {"nn_module_stack", "L__self__,,net.Net;L__self__fc,fc,torch.nn.Linear"}}}};
    for (const auto& [name, arg] : args) {
      node["inputs"].push_back({{"name", name}, {"arg", arg}, {"kind", 1}});
    }
    graph()["nodes"].push_back(node);
    return *this;
  }
  TestModel& Output(const std::string& name) {
    signature()["output_specs"].push_back({{"user_output", {{"arg", TensorJson(name)}}}});
    return *this;
  }

  Bytes Build() const {
    std::map<std::string, std::string> all = entries;
    all.emplace("models/model.json", document.dump());
    all.emplace("data/weights/model_weights_config.json", weights.dump());
    all.emplace("data/constants/model_constants_config.json", constants.dump());
    for (const std::string& name : without) all.erase(name);
    std::vector<std::pair<std::string, Bytes>> files;
    for (const auto& [name, text] : all) {
      files.emplace_back("m/" + name, Bytes(text.begin(), text.end()));
    }
    std::string error;
    return WriteZip(files, /*deflate=*/false, &error).value();
  }
};

/// x -> relu -> y, of two elements.
inline TestModel ReluModel() {
  TestModel model;
  model.Input("x", {2}).Node("torch.ops.aten.relu.default", {{"self", TensorJson("x")}}, "relu");
  return model.Output("relu");
}

struct ImportResult {
  std::optional<ExportedProgram> program;
  Diagnostics diagnostics;

  bool ok() const { return program.has_value(); }
  const Graph& graph() const { return program.value().graph; }
  /// Every message, one per line.
  std::string text() const {
    std::string all;
    for (const Diagnostic& diagnostic : diagnostics.all()) all += diagnostic.ToString() + "\n";
    return all;
  }
  bool Says(const std::string& part) const { return text().find(part) != std::string::npos; }
  const cortico::Node& node(size_t index) const {
    return **std::next(graph().nodes().begin(), static_cast<std::ptrdiff_t>(index));
  }
};

inline ImportResult Import(const Bytes& bytes, const ImportOptions& options = {}) {
  ImportResult result;
  result.program = ImportPt2(bytes, "m.pt2", options, result.diagnostics);
  return result;
}
inline ImportResult Import(const TestModel& model, const ImportOptions& options = {}) {
  return Import(model.Build(), options);
}

}  // namespace cortico
