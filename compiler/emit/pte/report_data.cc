#include "compiler/emit/pte/report_data.h"

#include <nlohmann/json.hpp>

namespace cortico {
namespace {

using Json = nlohmann::ordered_json;

/// Leaves out what is empty: most nodes have no reason, most tensors no origin.
void Put(Json* object, const char* key, const std::string& text) {
  if (!text.empty()) (*object)[key] = text;
}

std::string Text(const Json& object, const char* key) { return object.value(key, std::string()); }

}  // namespace

std::string ReportToJson(const PteReport& report) {
  Json json;
  json["version"] = report.version;
  Put(&json, "producer", report.producer);
  Put(&json, "model_file", report.model_file);
  json["cpu"] = report.cpu;
  json["isa"] = static_cast<int>(report.isa);
  json["dialect"] = report.dialect == Dialect::kExecutorch ? "executorch" : "cortico";
  Json& instructions = json["instructions"] = Json::array();
  for (const PteReport::Instruction& instruction : report.instructions) {
    Json entry = Json::object();
    Put(&entry, "node", instruction.location.node);
    Put(&entry, "module", instruction.location.module_path);
    Put(&entry, "source", instruction.location.source);
    Put(&entry, "fallback", instruction.fallback_reason);
    if (!instruction.fallback_reason.empty()) entry["work"] = instruction.work;
    instructions.push_back(std::move(entry));
  }
  Json& tensors = json["tensors"] = Json::array();
  for (const PteReport::Tensor& tensor : report.tensors) {
    Json entry;
    entry["value"] = tensor.value;
    Put(&entry, "name", tensor.name);
    Put(&entry, "origin", tensor.origin);
    if (tensor.quantized) {
      entry["scale"] = tensor.scale;
      entry["zero_point"] = tensor.zero_point;
    }
    tensors.push_back(std::move(entry));
  }
  Json& plan = json["plan"] = Json::object();
  plan["activations"] = report.activation_bytes;
  plan["scratch"] = report.scratch_bytes;
  plan["largest_scratch"] = report.largest_scratch;
  plan["lower_bound"] = report.lower_bound;
  plan["op_records"] = report.op_record_bytes;
  plan["elided"] = report.elided_nodes;
  plan["in_place"] = report.in_place_nodes;
  Json& banks = plan["banks"] = Json::array();
  for (const PteReport::Bank& bank : report.banks) {
    Json entry = {{"name", bank.name}, {"bytes", bank.bytes}};
    if (bank.limit) entry["limit"] = *bank.limit;
    banks.push_back(std::move(entry));
  }
  // Names come from a user's file: what is no UTF-8 is replaced, not refused.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<PteReport> ReportFromJson(std::string_view text, std::string* error) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    *error = "the report table is not JSON";
    return std::nullopt;
  }
  try {
    PteReport report;
    report.version = json.at("version").get<int>();
    if (report.version > kMetaVersion) {
      *error = "the report table has version " + std::to_string(report.version) +
               ", and this tool reads up to " + std::to_string(kMetaVersion);
      return std::nullopt;
    }
    report.producer = Text(json, "producer");
    report.model_file = Text(json, "model_file");
    report.cpu = Text(json, "cpu");
    report.isa = static_cast<Isa>(json.at("isa").get<uint8_t>());
    report.dialect =
        Text(json, "dialect") == "executorch" ? Dialect::kExecutorch : Dialect::kCortico;
    for (const Json& entry : json.at("instructions"))
      report.instructions.push_back(
          {{Text(entry, "node"), Text(entry, "module"), Text(entry, "source")},
           Text(entry, "fallback"), entry.value("work", int64_t{0})});
    for (const Json& entry : json.at("tensors")) {
      PteReport::Tensor tensor;
      tensor.value = entry.at("value").get<int>();
      tensor.name = Text(entry, "name");
      tensor.origin = Text(entry, "origin");
      tensor.quantized = entry.contains("scale");
      tensor.scale = entry.value("scale", 0.0);
      tensor.zero_point = entry.value("zero_point", 0);
      report.tensors.push_back(std::move(tensor));
    }
    const Json& plan = json.at("plan");
    report.activation_bytes = plan.at("activations").get<int64_t>();
    report.scratch_bytes = plan.at("scratch").get<int64_t>();
    report.largest_scratch = plan.at("largest_scratch").get<int64_t>();
    report.lower_bound = plan.at("lower_bound").get<int64_t>();
    report.op_record_bytes = plan.at("op_records").get<int64_t>();
    report.elided_nodes = plan.at("elided").get<int>();
    report.in_place_nodes = plan.at("in_place").get<int>();
    for (const Json& entry : plan.at("banks")) {
      PteReport::Bank bank{Text(entry, "name"), entry.at("bytes").get<int64_t>(), std::nullopt};
      if (entry.contains("limit")) bank.limit = entry.at("limit").get<int64_t>();
      report.banks.push_back(std::move(bank));
    }
    return report;
  } catch (const nlohmann::json::exception& e) {
    *error = std::string("the report table is damaged: ") + e.what();
    return std::nullopt;
  }
}

}  // namespace cortico
