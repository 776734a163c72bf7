#include "compiler/import/pt2.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "compiler/data/file.h"
#include "compiler/data/zip.h"
#include "compiler/import/graph_reader.h"
#include "compiler/import/json_reader.h"
#include "compiler/import/payload.h"

namespace cortico {
namespace {

constexpr int64_t kSchemaMajor = 8;
constexpr uint64_t kMaxFile = uint64_t{2} << 30;
constexpr uint64_t kMaxJson = uint64_t{64} << 20;
constexpr const char* kSave = "save the model with torch.export.save(exported, \"model.pt2\")";
constexpr const char* kSaveAgain = "export and save the model again";

std::string Trimmed(const Bytes& bytes) {
  std::string text(bytes.begin(), bytes.end());
  const auto end = text.find_last_not_of(" \r\n\t");
  text.resize(end == std::string::npos ? 0 : end + 1);
  return text;
}

/// Reads the archive around the program. Every problem goes to the diagnostics at once where one
/// does not hide the next.
class ArchiveReader {
 public:
  ArchiveReader(const ZipReader& zip, Diagnostics& diagnostics)
      : zip_(zip), diagnostics_(diagnostics) {}

  void Read(const ImportOptions& options, Graph& graph) {
    if (!FindRoot()) return;
    const bool format = Expect("archive_format", "pt2");
    const bool version = Expect("archive_version", "0");
    const bool little = ExpectLittleEndian();
    const auto model = FindModel();
    if (!format || !version || !little || !model) return;
    const auto document = ReadJson(root_ + "models/" + *model + ".json");
    const auto weights = ReadConfig("weights", *model);
    const auto constants = ReadConfig("constants", *model);
    if (!document || !CheckVersion(*document) || !weights || !constants) return;
    PayloadStore weight_store(StoragesIn("weights"), Field(&*weights, "config"));
    PayloadStore constant_store(StoragesIn("constants"), Field(&*constants, "config"));
    GraphReader(*document, weight_store, constant_store, options, graph, diagnostics_).Read();
  }

 private:
  bool AnyEntryEndsWith(std::string_view suffix) const {
    return std::any_of(zip_.entries().begin(), zip_.entries().end(),
                       [&](const ZipEntry& entry) { return entry.name.ends_with(suffix); });
  }

  ReadStorage StoragesIn(const char* kind) const {
    return [this, folder = root_ + "data/" + kind + "/"](const std::string& path,
                                                         std::string* error) {
      return zip_.Read(folder + path, error);
    };
  }

  /// All entries lie in one folder; "model/" for model.pt2 unless the file was renamed.
  bool FindRoot() {
    constexpr std::string_view kMarker = "archive_format";
    int roots = 0;
    for (const ZipEntry& entry : zip_.entries()) {
      if (!entry.name.ends_with(kMarker)) continue;
      const std::string root = entry.name.substr(0, entry.name.size() - kMarker.size());
      if (!root.empty() && root.find('/') != root.size() - 1) continue;
      root_ = root;
      ++roots;
    }
    if (roots == 1) return true;
    if (AnyEntryEndsWith("serialized_exported_program.json")) {
      diagnostics_.Error({},
                         "is in the format that torch.export.save wrote before the .pt2 archive",
                         "load and save it again with a current torch (2.9 or later)");
    } else if (AnyEntryEndsWith("data.pkl")) {
      diagnostics_.Error({}, "was written by torch.save or torch.jit.save, and holds a pickle",
                         kSave);
    } else {
      diagnostics_.Error({}, "is a zip archive, but no .pt2: it lacks the entry 'archive_format'",
                         kSave);
    }
    return false;
  }

  std::optional<Bytes> ReadEntry(const std::string& name) {
    std::string error;
    auto bytes = zip_.Read(name, &error);
    if (!bytes) diagnostics_.Error({}, "the archive " + error, kSaveAgain);
    return bytes;
  }

  bool Expect(const std::string& name, const std::string& wanted) {
    const auto bytes = ReadEntry(root_ + name);
    if (!bytes) return false;
    const std::string found = Trimmed(*bytes).substr(0, 40);
    if (found == wanted) return true;
    diagnostics_.Error({}, name + " is '" + found + "', and '" + wanted + "' is what is read",
                       "see docs/compatibility.md for the versions of torch that fit");
    return false;
  }

  bool ExpectLittleEndian() {
    const auto bytes = ReadEntry(root_ + "byteorder");
    if (!bytes) return false;
    if (Trimmed(*bytes) == "little") return true;
    diagnostics_.Error({}, "was written on a big-endian machine",
                       "export and save the model on a little-endian one (x86, Arm)");
    return false;
  }

  std::optional<std::string> FindModel() {
    const std::string folder = root_ + "models/";
    constexpr std::string_view kExtension = ".json";
    std::vector<std::string> models;
    for (const ZipEntry& entry : zip_.entries()) {
      if (!entry.name.starts_with(folder) || !entry.name.ends_with(kExtension)) continue;
      models.push_back(
          entry.name.substr(folder.size(), entry.name.size() - folder.size() - kExtension.size()));
    }
    if (models.size() == 1) return models[0];
    if (models.empty() && AnyEntryEndsWith(".so")) {
      diagnostics_.Error({}, "is compiled by AOTInductor and holds no exported program", kSave);
    } else if (models.empty()) {
      diagnostics_.Error({}, "holds no exported program: there is no entry '" + folder + "*.json'",
                         kSave);
    } else {
      std::string names;
      for (const std::string& name : models) names += (names.empty() ? "'" : ", '") + name + "'";
      diagnostics_.Error({}, "holds " + std::to_string(models.size()) + " models: " + names,
                         "save each in a file of its own with torch.export.save");
    }
    return std::nullopt;
  }

  std::optional<Json> ReadJson(const std::string& name) {
    const ZipEntry* entry = zip_.Find(name);
    if (entry != nullptr && entry->size > kMaxJson) {
      diagnostics_.Error(
          {}, "entry '" + name + "' has more than " + std::to_string(kMaxJson >> 20) + " MB",
          "export a smaller model");
      return std::nullopt;
    }
    const auto bytes = ReadEntry(name);
    if (!bytes) return std::nullopt;
    std::string error;
    auto json = ParseJson(*bytes, &error);
    if (!json) diagnostics_.Error({}, "entry '" + name + "' " + error, kSaveAgain);
    return json;
  }

  std::optional<Json> ReadConfig(const std::string& kind, const std::string& model) {
    const std::string folder = root_ + "data/" + kind + "/";
    if (zip_.Find(folder + model + ".pt") != nullptr) {
      diagnostics_.Error({},
                         "keeps its " + kind +
                             " as a Python pickle, which may run code and is "
                             "never read",
                         "load and save it again with a current torch (2.9 or later)");
      return std::nullopt;
    }
    return ReadJson(folder + model + "_" + kind + "_config.json");
  }

  bool CheckVersion(const Json& document) {
    const Json* version = Field(&document, "schema_version");
    const auto major = AsInt(Field(version, "major"));
    if (major == kSchemaMajor) return true;
    const std::string torch = TextIn(&document, "torch_version").substr(0, 40);
    diagnostics_.Error(
        {},
        "is of schema version " + (major ? std::to_string(*major) : "unknown") + "; " +
            std::to_string(kSchemaMajor) + " is what is read" +
            (torch.empty() ? "" : " (it was written by torch " + torch + ")"),
        "see docs/compatibility.md for the versions of torch that fit, and save it with one");
    return false;
  }

  const ZipReader& zip_;
  Diagnostics& diagnostics_;
  std::string root_;  ///< ends with '/', or is empty
};

/// What a file that is no zip archive may be instead.
std::pair<std::string, std::string> Guess(std::span<const uint8_t> bytes,
                                          const std::string& zip_error) {
  const auto has = [&](size_t at, std::string_view text) {
    return bytes.size() >= at + text.size() &&
           std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                      [](char c, uint8_t byte) { return static_cast<uint8_t>(c) == byte; });
  };
  if (has(4, "ET12")) {
    return {"is a .pte program, which is compiled already", "give the .pt2 it was made from"};
  }
  if (has(4, "TFL3")) return {"is a TensorFlow Lite model", "export it from PyTorch"};
  if (has(0, "\x80\x02") || has(0, "\x80\x04") || has(0, "\x80\x05")) {
    return {"is a Python pickle, which may run code and is never read", kSave};
  }
  return {zip_error, kSave};
}

}  // namespace

std::optional<ExportedProgram> ImportPt2(std::span<const uint8_t> bytes, const std::string& name,
                                         const ImportOptions& options, Diagnostics& diagnostics) {
  Diagnostics local(name);
  ExportedProgram program;
  program.file = name;
  std::string error;
  ZipLimits limits;
  limits.max_total_size = kMaxFile;
  if (const auto zip = ZipReader::Open(bytes, limits, &error)) {
    ArchiveReader(*zip, local).Read(options, program.graph);
  } else {
    const auto [problem, remedy] = Guess(bytes, error);
    local.Error({}, problem, remedy);
  }
  diagnostics.Append(local);
  if (!local.ok()) return std::nullopt;
  return program;
}

std::optional<ExportedProgram> ImportPt2(const std::string& path, const ImportOptions& options,
                                         Diagnostics& diagnostics) {
  const auto bytes = ReadFile(path, kMaxFile, diagnostics);
  if (!bytes) return std::nullopt;
  return ImportPt2(*bytes, path, options, diagnostics);
}

ExportedProgram ImportPt2(const std::string& path) {
  Diagnostics diagnostics(path);
  auto program = ImportPt2(path, ImportOptions{}, diagnostics);
  ThrowIfError(diagnostics);
  CORTICO_CHECK(program.has_value());
  return std::move(*program);
}

}  // namespace cortico
